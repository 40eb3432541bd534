package main

import (
	"context"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/config"
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
	changed, stop := hangups()
	defer stop()
	with, err := p.setup(listen)
	if err != nil {
		return err
	}
	if traceDir != "" {
		recorded, stop, err := traced(with.driver, traceDir, traceReader, with.log)
		if err != nil {
			return err
		}
		defer stop()
		with.driver = recorded
	}
	s, err := with.start(ctx)
	if err != nil {
		return err
	}
	p.note(p.say(sayListening), s.url, s.tokenPath)
	attended, end := context.WithCancel(ctx)
	defer end()
	go s.attend(attended, changed)
	err = s.wait(ctx)
	p.note("%s", p.say(sayStopped))
	return err
}

// setup is what the command line, the configuration and systemd say.
func (p *program) setup(listen string) (with setup, err error) {
	if with.config, err = p.served(listen); err != nil {
		return with, err
	}
	if p.configFile != "" {
		with.configFile = p.configFile
		with.renewed = func() (config.Config, error) { return p.served(listen, wiring.Check) }
	}
	if with.driver, err = p.openReaders(); err != nil {
		return with, err
	}
	with.driverName = p.driverName
	with.log, with.level = newLog(p.stderr, with.config.Log)
	with.inherited, err = inheritedSockets()
	return with, err
}

// served is the configuration to serve with: a flag goes before the file.
func (p *program) served(listen string, checks ...func(config.Config) error) (config.Config, error) {
	cfg, err := p.settings(checks...)
	if err != nil {
		return cfg, err
	}
	if listen != "" {
		cfg.Listen = listen
	}
	return cfg, cfg.Validate()
}
