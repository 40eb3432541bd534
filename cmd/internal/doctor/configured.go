package doctor

import (
	"context"

	"sscard/terminal/config"
	"sscard/terminal/profile"
)

// checkConfig checks the configuration and the layouts that it names.
func checkConfig(_ context.Context, x *examination) (found []Finding) {
	switch {
	case x.configured != nil:
		for _, problem := range config.Problems(x.configured) {
			found = append(found, finding("config.invalid", problem.Error()))
		}
	case x.ConfigFile == "":
		found = append(found, finding("config.none", ""))
	default:
		found = append(found, finding("config.ok", x.ConfigFile))
	}
	if x.laidOut != nil {
		found = append(found, finding("config.profile", x.laidOut.Error()))
	}
	if x.TestKeys != "" {
		found = append(found, finding("config.keys", x.TestKeys))
	}
	return found
}

// loadProfiles loads the layouts of the configuration, or else, with the error, those that are built in.
func loadProfiles(dir string) (*profile.Set, error) {
	profiles, err := profile.Load(dir)
	if err != nil && dir != "" {
		profiles, _ = profile.Load("")
	}
	return profiles, err
}
