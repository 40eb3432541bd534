package main

import (
	"github.com/spf13/cobra"

	"sscard/apdu/trace"
)

func (p *program) traceRedactCommand() *cobra.Command {
	var output string
	var unknown unknownFlag
	c := &cobra.Command{
		Use: "redact [-o FILE] FILE", Short: p.say(sayTraceRedact), Args: cobra.ExactArgs(1),
		Example: "  sscard trace redact raw.trace -o visit.trace\n  sscard trace redact --force-unknown blank raw.trace",
	}
	p.jsonFlag(c)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write, which must not be there (default: standard output)")
	unknown.register(c)
	c.RunE = func(c *cobra.Command, files []string) error {
		how, err := unknown.redaction()
		if err != nil {
			return err
		}
		sessions, err := readTrace(files[0], c.InOrStdin())
		if err != nil {
			return err
		}
		if sessions, err = trace.Redact(sessions, how); err != nil {
			return p.unredacted(err)
		}
		switch {
		case output == "" && p.json:
			return p.showTraces(sessions, true) // nothing of a person is left in them
		case output == "":
			return trace.WriteAll(p.stdout, sessions)
		}
		file, err := createTrace(output)
		if err != nil {
			return err
		}
		return saveTrace(file, sessions)
	}
	return c
}
