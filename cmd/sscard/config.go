package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

func (p *program) configCommand() *cobra.Command {
	c := p.group("config", sayConfig)
	c.AddCommand(p.configCheckCommand(), p.configShowCommand(), p.configReloadCommand())
	return c
}

func (p *program) configCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check [FILE]", Short: p.say(sayConfigCheck), Args: cobra.MaximumNArgs(1),
		Example: "  sscard config check /etc/sscard/config.yaml",
	}
	p.jsonFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			p.configFile = args[0]
		}
		if p.configFile == "" {
			return usageError{errors.New("no file: sscard config check FILE")}
		}
		return p.configCheck(p.configFile)
	}
	return c
}

// checkedConfig is what `sscard config check --json` prints.
type checkedConfig struct {
	File     string         `json:"file"`
	Valid    bool           `json:"valid"`
	Problems []wrongSetting `json:"problems"`
}

type wrongSetting struct {
	Line    int    `json:"line,omitempty"`
	Key     string `json:"key,omitempty"`
	Problem string `json:"problem"`
}

// configCheck finds everything that would keep a daemon from taking the file, without starting one.
func (p *program) configCheck(file string) error {
	_, wrong := config.Load(file, wiring.Check)
	if p.json {
		report := checkedConfig{File: file, Valid: wrong == nil, Problems: []wrongSetting{}}
		for _, one := range config.Problems(wrong) {
			report.Problems = append(report.Problems, wrongSetting{one.Line, one.Key, one.Text})
		}
		return errors.Join(p.printJSON(report), wrong)
	}
	if wrong == nil {
		p.note(p.say(sayConfigGood), file)
	}
	return wrong
}

func (p *program) configShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show", Short: p.say(sayConfigShow), Args: cobra.NoArgs, Example: "  sscard config show --config /etc/sscard/config.yaml"}
	p.jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		cfg, err := p.settings()
		if err != nil {
			return err
		}
		return p.configShow(config.Encode(cfg))
	}
	return c
}

// configShow prints the same keys in either form.
func (p *program) configShow(encoded []byte) error {
	if !p.json {
		_, err := p.stdout.Write(encoded)
		return err
	}
	var keys map[string]any
	if err := yaml.Unmarshal(encoded, &keys); err != nil {
		return err
	}
	return p.printJSON(keys)
}

func (p *program) configReloadCommand() *cobra.Command {
	c := &cobra.Command{Use: "reload", Short: p.say(sayConfigReload), Args: cobra.NoArgs, Example: "  sscard config reload --config /etc/sscard/config.yaml"}
	p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return p.configReload(c.Context()) }
	return c
}

// configReload has the running daemon do it, which knows its own file.
func (p *program) configReload(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	token, err := wiring.ReadToken(p.stateDir)
	if err != nil {
		return err
	}
	done, err := (&client.Client{BaseURL: cfg.URL(), Token: token}).Reload(ctx)
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(done)
	}
	for _, key := range done.Changed {
		fmt.Fprintf(p.stdout, p.say(sayConfigInForce)+"\n", key)
	}
	for _, key := range done.Restart {
		fmt.Fprintf(p.stdout, p.say(sayConfigRestart)+"\n", key)
	}
	p.note("%s", p.say(sayConfigLoaded))
	return nil
}
