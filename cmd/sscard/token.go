package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
)

func (p *program) tokenCommand() *cobra.Command {
	c := p.group("token", sayToken)
	c.AddCommand(p.tokenPathCommand(), p.tokenRotateCommand())
	return c
}

func (p *program) tokenPathCommand() *cobra.Command {
	c := &cobra.Command{Use: "path", Short: p.say(sayTokenPath), Args: cobra.NoArgs, Example: "  sscard token path"}
	p.jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		path := wiring.State{Dir: p.stateDir}.TokenPath()
		if p.json {
			return p.printJSON(map[string]string{"path": path})
		}
		_, err := fmt.Fprintln(p.stdout, path)
		return err
	}
	return c
}

func (p *program) tokenRotateCommand() *cobra.Command {
	c := &cobra.Command{Use: "rotate", Short: p.say(sayTokenRotate), Args: cobra.NoArgs, Example: "  sudo sscard token rotate"}
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.doorkeeper(c.Context())
		if err != nil {
			return err
		}
		if err := k.RotateToken(c.Context()); err != nil {
			return err
		}
		p.note(p.say(sayTokenRotated), wiring.State{Dir: p.stateDir}.TokenPath())
		return nil
	}
	return c
}
