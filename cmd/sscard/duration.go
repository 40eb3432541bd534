package main

import (
	"errors"
	"time"

	"github.com/spf13/pflag"
)

// duration is the value of a flag, in which no time at all, or less, makes no sense.
type duration time.Duration

var errNoTime = errors.New("not longer than 0s")

func (d *duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err == nil && value <= 0 {
		err = errNoTime
	}
	*d = duration(value)
	return err
}

func (d *duration) String() string {
	if *d == 0 { // as a flag's usual value it is not shown
		return ""
	}
	return time.Duration(*d).String()
}

// Type is what help calls it.
func (*duration) Type() string { return "duration" }

// durationVar is flags.DurationVar for one that must be longer than 0. Its usual value may be 0, where the flag is what turns something on.
func durationVar(flags *pflag.FlagSet, d *time.Duration, name string, usual time.Duration, help string) {
	*d = usual
	flags.Var((*duration)(d), name, help)
}
