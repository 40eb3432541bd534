package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (p *program) serveCommand() *cobra.Command {
	var listen, traceDir, traceReader string
	c := &cobra.Command{
		Use: "serve", Short: p.say(sayServe), Args: cobra.NoArgs,
		Example: "  sscard serve --config /etc/sscard/config.yaml",
	}
	c.Flags().StringVar(&listen, "listen", "", "address and port, loopback only (default 127.0.0.1:17420)")
	c.Flags().StringVar(&traceDir, "trace", "", "record the sessions with cards in this directory, redacted")
	c.Flags().StringVar(&traceReader, "trace-reader", "", "record this reader only, by id or name")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.serve(c.Context(), listen, traceDir, traceReader) }
	return c
}

func (p *program) serve(ctx context.Context, listen, traceDir, traceReader string) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if listen != "" {
		cfg.Listen = listen
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	d, err := p.openReaders()
	if err != nil {
		return err
	}
	if traceDir != "" {
		recorded, stop, err := traced(d, traceDir, traceReader, p.daemonLog())
		if err != nil {
			return err
		}
		defer stop()
		d = recorded
	}
	s, err := startDaemon(ctx, cfg, d, p.stateDir, p.daemonLog())
	if err != nil {
		return err
	}
	p.note(p.say(sayListening), s.url, s.tokenPath)
	err = s.wait(ctx)
	p.note("%s", p.say(sayStopped))
	return err
}
