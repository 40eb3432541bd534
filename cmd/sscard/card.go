package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sscard/reader/softcard"
	"sscard/reader/vpcd"
)

func (p *program) cardCommand() *cobra.Command {
	var card softwareCard
	var host string
	var port int
	var traceFile string
	var speed speedFlag
	c := &cobra.Command{
		Use: "card", Short: p.say(sayCard), Args: cobra.NoArgs,
		Example: "  sscard card --profile gen3 --port 35963\n  sscard card --profile mycard.yaml --port 35963 --fault removed@3\n" +
			"  sscard card --profile gen3 --port 35963 --forge other-key\n  sscard card --trace visit.trace --port 35963",
	}
	flags := c.Flags()
	flags.StringVar(&card.name, "profile", "gen3", "built-in card (gen1, gen2, gen2-contactless, gen3, …) or YAML file")
	flags.IntVar(&port, "port", 0, "port on which the vpcd driver listens")
	flags.StringVar(&host, "host", "127.0.0.1", "host on which the vpcd driver listens")
	flags.StringVar(&card.fault, "fault", "", "what goes wrong, such as removed@3, slow@1:12ms, mute-atr")
	flags.StringVar(&card.forgery, "forge", "", fmt.Sprintf(p.say(sayForge), strings.Join(softcard.Forgeries(), ", ")))
	flags.StringVar(&traceFile, "trace", "", "play the sessions of this file (sscard trace)")
	speed.register(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if port < 1 || port > 65535 {
			return usage(sayOneOf, "--port", strconv.Itoa(port), "1 - 65535")
		}
		addr := net.JoinHostPort(host, strconv.Itoa(port))
		if traceFile != "" {
			return p.tracedCard(c.Context(), traceFile, speed, addr)
		}
		made, err := card.make()
		if err != nil {
			return err
		}
		return p.card(c.Context(), card.name, made, addr)
	}
	return c
}

// card keeps the card in the reader, through restarts of the service, until it leaves or ctx ends.
func (p *program) card(ctx context.Context, name string, card vpcd.Card, addr string) error {
	p.note(p.say(sayCardIn), name, addr)
	for ctx.Err() == nil {
		err := vpcd.Serve(ctx, addr, card)
		if errors.Is(err, vpcd.ErrLeft) {
			return err
		}
	}
	return nil
}
