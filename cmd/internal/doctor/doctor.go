// Package doctor finds out why a card is not read, from the PC/SC service up to the daemon's door, and says what to do.
//
// [Examine] runs the checks of one table, in the order in which things depend on one another: the first [Finding] of level
// [Error] is mostly the cause of those behind it. Each check is a small function; what it looks at comes from the
// [Environment]: the root of the file system, the PC/SC driver, the way to the daemon. Each has a deadline, and so has each
// card: what hangs is a finding, and never hangs the doctor. Nothing is changed, and nothing is presented to a card; of a card its version and
// 卡识别码 are read, and what of it files can be read. Findings hold no personal data.
//
// What a finding is called, how bad it is and what is said of it is in one table, entries; docs/doctor.md lists it.
package doctor

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/profile"
)

// Level is how bad a finding is.
type Level = apitype.FindingLevel

// Levels, from the best. Info is worth knowing; Warn may be a cause; Error is one.
const (
	OK    = apitype.FindingOK
	Info  = apitype.FindingInfo
	Warn  = apitype.FindingWarn
	Error = apitype.FindingError
)

// Finding is one thing that was found.
type Finding = apitype.Finding

// Report is what was found, in the order of the checks.
type Report struct {
	apitype.DoctorReport
	config config.Config
}

// Environment is what the doctor looks at.
type Environment struct {
	Root       string         // of the file system: "/" but in tests
	Windows    bool           // there is no pcscd, no kernel modules, no modes of files
	Socket     string         // of pcscd
	User       int            // whose rights count there
	Driver     reader.Driver  // the PC/SC service
	Pool       *reader.Pool   // of the daemon that is looked at from within; nil: one of the doctor's own over the driver
	HTTP       *http.Client   // reaches the daemon
	ConfigFile string         // empty: there is none
	Config     *config.Config // in force; nil: that of the file
	StateDir   string
	TestKeys   string // file, where a flag names one
	Listen     string // where the daemon is, where a flag says otherwise than the configuration
	Version    apitype.Version

	// Free is how many bytes can still be written in a directory.
	Free func(dir string) (uint64, error)
	// Patience is how long a check may take, and how long each card; 0: 10 s.
	Patience time.Duration
	// Progress is told how many of the [Checks] are done, and what was found since it was last told. It must be quick. Nil: nobody is.
	Progress func(done int, found []Finding)
}

const (
	defaultPatience = 10 * time.Second
	firstReport     = 3 * time.Second // from the PC/SC service
)

// path is a path of the system's, where the root is.
func (e *Environment) path(name string) string { return filepath.Join(e.Root, name) }

// check is one of them. What it finds is told as it comes.
type check func(ctx context.Context, x *examination, tell func(...Finding))

// checks are all there are, in the order in which things depend on one another.
var checks = [...]struct {
	area area
	run  check
}{
	{inConfig, inTime(inConfig, checkConfig)},
	{inService, inTime(inService, checkService)},
	{inService, inTime(inService, checkPolkit)},
	{inDriver, inTime(inDriver, checkModules)},
	{inDriver, inTime(inDriver, checkCCID)},
	{inReader, inTime(inReader, checkReaders)},
	{inCard, checkCards}, // each has its own time
	{inProfile, inTime(inProfile, checkRegions)},
	{inSAM, inTime(inSAM, checkSAM)},
	{inTrust, inTime(inTrust, checkTrust)},
	{inClock, inTime(inClock, checkClock)},
	{inDaemon, inTime(inDaemon, checkDaemon)},
	{inDaemon, inTime(inDaemon, checkToken)},
	{inDaemon, inTime(inDaemon, checkOrigins)},
	{inDisk, inTime(inDisk, checkDisk)},
}

// Checks is how many there are.
const Checks = len(checks)

// examination is one run. What is found of cards is needed by later checks; a check that was left behind may still write
// it.
type examination struct {
	*Environment
	config     config.Config
	configured error // why the configuration is not that of the file
	profiles   *profile.Set
	laidOut    error // why the profiles are not those of the configuration
	pool       *reader.Pool
	readers    reader.Snapshot
	silent     bool // the service said nothing, good or bad

	mu       sync.Mutex
	cards    []card
	features map[string][]string // by reader
}

// Examine runs all checks. It takes as long as they do, each at most Patience, and each card as much; those that ctx leaves no time
// for are said to be stuck.
func Examine(ctx context.Context, env Environment) Report {
	if env.Patience == 0 {
		env.Patience = defaultPatience
	}
	if env.Progress == nil {
		env.Progress = func(int, []Finding) {}
	}
	ctx, cancel := context.WithCancel(ctx)
	x := &examination{Environment: &env, features: make(map[string][]string)}
	x.config, x.configured = loadConfig(env)
	x.profiles, x.laidOut = loadProfiles(x.config.Profiles.Dir)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	if x.pool = env.Pool; x.pool == nil {
		x.pool = reader.NewPool(env.Driver, reader.Config{Rules: wiring.Rules(x.config.Readers)})
		watching.Go(func() { x.pool.Run(ctx) })
	}

	first, done := context.WithTimeout(ctx, min(firstReport, env.Patience))
	defer done()
	_ = x.pool.Ready(first)
	x.readers, x.silent = x.pool.Snapshot(), first.Err() != nil
	r := Report{config: x.config}
	r.Time, r.Version, r.System, r.Findings = time.Now().UTC().Truncate(time.Second), env.Version, systemOf(env), []Finding{}
	for done, check := range checks {
		tell := func(found ...Finding) {
			r.Findings = append(r.Findings, found...)
			env.Progress(done, found)
		}
		if ctx.Err() != nil {
			tell(finding(string(check.area)+".stuck", "not begun"))
			continue
		}
		check.run(ctx, x, tell)
	}
	env.Progress(Checks, nil)
	r.Readers = x.describeReaders()
	if f, some := r.First(); some {
		r.Headline = f.Code
		if f.Level == Error {
			r.Exit = exitOf(f.Code)
		}
	}
	return r
}

// inTime gives a check its time. One that does not come back is left behind.
func inTime(of area, run func(context.Context, *examination) []Finding) check {
	return func(ctx context.Context, x *examination, tell func(...Finding)) {
		found, came := within(ctx, x.Patience, func(ctx context.Context) []Finding { return run(ctx, x) })
		if !came {
			found = []Finding{finding(string(of)+".stuck", x.Patience.String())}
		}
		tell(found...)
	}
}

// within gives look its time, and says whether it came to its end.
func within[T any](ctx context.Context, patience time.Duration, look func(context.Context) T) (found T, came bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := make(chan T, 1)
	go func() { answer <- look(ctx) }()
	select {
	case found = <-answer:
		return found, true
	case <-ctx.Done():
	}
	const grace = 500 * time.Millisecond // what minds its deadline has more to say than that it was over
	select {
	case found = <-answer:
		return found, true
	case <-time.After(grace):
		return found, false
	}
}

func loadConfig(env Environment) (config.Config, error) {
	cfg := config.Default()
	var err error
	if env.ConfigFile != "" {
		var loaded config.Config
		if loaded, err = config.Load(env.ConfigFile); err == nil {
			cfg = loaded
		}
	}
	if env.Config != nil {
		cfg = *env.Config
	}
	return withPlaces(cfg, env), err
}

// withPlaces is the configuration with what only flags say.
func withPlaces(cfg config.Config, env Environment) config.Config {
	cfg.StateDir, cfg.TestKeys = env.StateDir, env.TestKeys
	if env.Listen != "" {
		cfg.Listen = env.Listen
	}
	return cfg
}
