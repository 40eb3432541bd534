package doctor

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// firstYear is before this program was.
const firstYear = 2026

// slack is how far the clock may be behind a file: other machines' clocks may have stamped it.
const slack = 24 * time.Hour

// Files of systemd's: one is touched while the clock is kept, the other there once it was set.
const (
	timesyncClock  = "var/lib/systemd/timesync/clock"
	timesyncStamp  = "run/systemd/timesync/synchronized"
	systemdRunning = "run/systemd/system"
)

// checkClock compares the clock with what it cannot be earlier than.
func checkClock(_ context.Context, x *examination) []Finding {
	now := time.Now()
	if now.Year() < firstYear {
		return []Finding{finding("clock.before", now.Format(time.DateTime))}
	}
	if file, at := x.latest(); at.Sub(now) > slack {
		return []Finding{finding("clock.behind", now.Format(time.DateTime)+" < "+at.Format(time.DateTime)+" "+file)}
	}
	found := []Finding{finding("clock.ok", now.Format(time.RFC3339))}
	if x.anyFile([]string{systemdRunning}) && !x.anyFile([]string{timesyncStamp}) {
		found = append(found, finding("clock.unkept", ""))
	}
	return found
}

// latest is the file that was changed last, of those that this machine changes by its own clock.
func (x *examination) latest() (name string, at time.Time) {
	files, _ := filepath.Glob(filepath.Join(x.StateDir, "*"))
	for _, file := range append(files, x.path(timesyncClock), x.path("var/log/wtmp")) {
		if info, err := os.Stat(file); err == nil && info.ModTime().After(at) {
			name, at = file, info.ModTime()
		}
	}
	return name, at
}
