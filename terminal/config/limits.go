package config

import (
	"errors"
	"fmt"
)

// Limits bound what callers may do to the daemon.
type Limits struct {
	Rate        int `koanf:"rate"`        // requests per second of one caller in the long run
	Burst       int `koanf:"burst"`       // requests of one caller at once
	Connections int `koanf:"connections"` // open connections of all callers together
}

// defaultLimits are far above what a hall of counters does, and below what a program in an endless loop would.
func defaultLimits() Limits { return Limits{Rate: 2000, Burst: 2000, Connections: 512} }

// Bounds of the limits: less would keep a browser out, more would be no limit.
const (
	minConnections = 16
	maxConnections = 10_000
	maxRate        = 1_000_000
)

func (l Limits) validate() error {
	return errors.Join(
		within("limits.rate", l.Rate, 1, maxRate),
		within("limits.burst", l.Burst, 1, maxRate),
		within("limits.connections", l.Connections, minConnections, maxConnections))
}

func within(at string, value, least, most int) error {
	return check(least <= value && value <= most, at, fmt.Sprintf("%d is not from %d to %d", value, least, most))
}
