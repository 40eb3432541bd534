package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
)

// insertTime is how long pcscd may take to see the cards; it looks every 400 ms.
const insertTime = 20 * time.Second

func (p *program) demoCommand() *cobra.Command {
	var listen string
	var pcscd, once bool
	c := &cobra.Command{Use: "demo", Short: p.say(sayDemo), Args: cobra.NoArgs, Example: "  sscard demo\n  sscard demo --pcscd --once"}
	c.Flags().StringVar(&listen, "listen", "", "address and port, loopback only (default 127.0.0.1:17420, or any where that is taken)")
	c.Flags().BoolVar(&pcscd, "pcscd", false, "with a real pcscd on a socket of its own (Linux, packages pcscd and vsmartcard-vpcd)")
	c.Flags().BoolVar(&once, "once", false, "end after reading")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.demo(c.Context(), listen, pcscd, once) }
	return c
}

func (p *program) demo(ctx context.Context, listen string, pcscd, once bool) error {
	d, cleanUp, err := p.demoDriver(pcscd)
	if err != nil {
		return err
	}
	defer cleanUp()
	stateDir, err := os.MkdirTemp("", "sscard-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stateDir)
	s, err := p.demoDaemon(ctx, listen, d, stateDir)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	stopped := make(chan error, 1)
	go func() { stopped <- s.wait(ctx) }()

	err = p.readAll(ctx, s)
	if err == nil && !once {
		p.note(p.say(sayDemoPage), s.url+"/#token="+s.token)
		p.note("%s", p.say(sayDemoStays))
		<-ctx.Done()
	}
	end()
	err = errors.Join(err, <-stopped)
	p.note("%s", p.say(sayStopped))
	return err
}

// demoDaemon takes any port where nobody asked for one and the usual one is taken.
func (p *program) demoDaemon(ctx context.Context, listen string, d reader.Driver, stateDir string) (*daemon, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	if listen != "" {
		cfg.Listen = listen
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s, err := startDaemon(ctx, cfg, d, stateDir, p.log())
	if errors.Is(err, syscall.EADDRINUSE) && listen == "" {
		cfg.Listen = "127.0.0.1:0"
		return startDaemon(ctx, cfg, d, stateDir, p.log())
	}
	return s, err
}

// readAll waits for all the cards and reads each over HTTP, as counter software does.
func (p *program) readAll(ctx context.Context, s *daemon) error {
	waiting, cancel := context.WithTimeout(ctx, insertTime)
	defer cancel()
	snapshot, err := s.Pool.Await(waiting, func(now reader.Snapshot) bool {
		return len(holding(now)) == len(demoContactCards)+len(demoContactlessCards)
	})
	if err != nil {
		return fmt.Errorf("%d cards are there: %w", len(holding(snapshot)), errors.Join(snapshot.Err, err))
	}
	for _, r := range holding(snapshot) {
		document, err := readOverHTTP(ctx, s, r.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		if err := p.printReading(document, s.Terminal.Profiles()); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
	}
	return nil
}

func holding(s reader.Snapshot) []reader.Reader {
	return slices.DeleteFunc(slices.Clone(s.Readers), func(r reader.Reader) bool { return r.Card == nil })
}

func readOverHTTP(ctx context.Context, s *daemon, id string) (document apitype.ReadDocument, err error) {
	body, err := json.Marshal(apitype.ReadRequest{Reader: id})
	if err != nil {
		return document, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/v1/read", bytes.NewReader(body))
	if err != nil {
		return document, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return document, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var problem apitype.Problem
		err := json.NewDecoder(answer.Body).Decode(&problem)
		return document, errors.Join(fmt.Errorf("%s %s", problem.Code, problem.Detail), err)
	}
	return document, json.NewDecoder(answer.Body).Decode(&document)
}

// The cards of the demonstration, one reader each.
var (
	demoContactCards     = [...]string{"gen1", "gen2", "gen3"}
	demoContactlessCards = [...]string{"gen2-contactless", "gen3-contactless"}
)

// demoDriver gives readers with a card of each generation: in memory, or in a pcscd of our own.
func (p *program) demoDriver(pcscd bool) (d reader.Driver, cleanUp func(), err error) {
	if pcscd {
		p.note("%s", p.say(sayDemoPCSC))
		return demoPCSC()
	}
	p.note("%s", p.say(sayDemoMemory))
	v := virtual.New()
	for i, name := range demoContactCards {
		err = errors.Join(err, insertDemo(v, fmt.Sprintf("Virtual Contact %02d 00", i), name))
	}
	for i, name := range demoContactlessCards {
		err = errors.Join(err, insertDemo(v, fmt.Sprintf("Virtual Contactless %02d 00", i), name))
	}
	return v, func() {}, err
}

func insertDemo(v *virtual.Driver, slot, name string) error {
	card, err := softwareCard(name, "", "")
	if err != nil {
		return err
	}
	v.AddReader(slot)
	return v.Insert(slot, card)
}
