package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage is a usage error in the program's own words.
func usage(m message, args ...any) usageError { return usageError{complaint{m, args}} }

// complaint is an error that is told in the person's language, and in English to programs.
type complaint struct {
	message
	args []any
}

func (c complaint) Error() string { return c.in("en") }

func (c complaint) in(lang string) string { return fmt.Sprintf(sentence(c.message, lang), c.args...) }

// tell gives the error in the person's language, where it is one of ours.
func (p *program) tell(err error) string {
	if own, ours := errors.AsType[complaint](err); ours {
		return own.in(p.lang)
	}
	return err.Error()
}

// flagError says in our words what pflag found wrong with a flag.
func flagError(_ *cobra.Command, err error) error {
	if e, is := errors.AsType[*pflag.NotExistError](err); is {
		if e.GetSpecifiedShortnames() != "" {
			return usage(sayNoFlag, "-"+e.GetSpecifiedName())
		}
		return usage(sayNoFlag, "--"+e.GetSpecifiedName())
	}
	if e, is := errors.AsType[*pflag.ValueRequiredError](err); is {
		return usage(sayFlagNeedsValue, "--"+e.GetFlag().Name)
	}
	if e, is := errors.AsType[*pflag.InvalidValueError](err); is {
		if errors.Is(e, errNoTime) {
			return usage(sayOneOf, "--"+e.GetFlag().Name, e.GetValue(), "> 0s")
		}
		return usage(sayFlagValue, "--"+e.GetFlag().Name, e.GetValue(), e.GetFlag().Value.Type())
	}
	return usageError{err}
}
