package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/testdata"
)

// insertTime is how long pcscd may take to see the cards; it looks every 400 ms.
const insertTime = 20 * time.Second

const demoCodeTime = 24 * time.Hour

func (p *program) demoCommand() *cobra.Command {
	var listen string
	var pcscd, once bool
	c := &cobra.Command{Use: "demo", Short: p.say(sayDemo), Args: cobra.NoArgs, Example: "  sscard demo\n  sscard demo --pcscd --once"}
	p.jsonFlag(c)
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
		p.notePage(s, stateDir)
		p.note("%s", p.say(sayDemoStays))
		<-ctx.Done()
	}
	end()
	err = errors.Join(err, <-stopped)
	p.note("%s", p.say(sayStopped))
	return err
}

// notePage tells where the page is, with a code that nobody sees but who sees this terminal: it waits longer than others.
func (p *program) notePage(s *daemon, stateDir string) {
	code, _, refusal := s.door.NewCode(door.Caller{}, demoCodeTime)
	if refusal == nil { // else the token was rotated just now
		p.note(p.say(sayDemoPage), door.ConsoleURL(s.url, code))
	}
	p.note(p.say(sayDemoAgain), stateDir, strings.TrimPrefix(s.url, "http://"))
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
	if cfg.Trust, err = demoTrust(stateDir); err != nil {
		return nil, err
	}
	cfg.Readers = append(cfg.Readers, config.Reader{Match: "Virtual SAM", Role: string(reader.RoleSAM)})
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

// demoTrust lays out the certificates of those who certified the keys of the software cards.
func demoTrust(dir string) (trust config.Trust, err error) {
	for name, to := range map[string]*[]string{"root.pem": &trust.Roots, "province.pem": &trust.Intermediates} {
		content, err := testdata.Trust.ReadFile("trust/" + name)
		if err != nil {
			return trust, err
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return trust, err
		}
		*to = []string{path}
	}
	return trust, nil
}

// readAll waits for all the cards and reads each over HTTP, as counter software does.
func (p *program) readAll(ctx context.Context, s *daemon) error {
	waiting, cancel := context.WithTimeout(ctx, insertTime)
	defer cancel()
	snapshot, err := s.Pool.Await(waiting, func(now reader.Snapshot) bool {
		return len(holding(now)) == len(demoSlots())
	})
	if err != nil {
		return fmt.Errorf("%d cards are there: %w", len(holding(snapshot)), errors.Join(snapshot.Err, err))
	}
	shown := []demoCard{}
	for _, r := range holding(snapshot) {
		if r.Role == reader.RoleSAM {
			continue
		}
		card, failed := readAndVerify(ctx, s, r)
		if failed != nil {
			err = fmt.Errorf("%s: %w", r.Name, failed)
			break
		}
		shown = append(shown, card)
	}
	return errors.Join(err, p.printDemo(shown, s))
}

// demoCard is what a card says, and of the third generation how it proved itself.
type demoCard struct {
	Read   apitype.ReadDocument  `json:"read"`
	Verify *apitype.Verification `json:"verify,omitempty"`
}

func readAndVerify(ctx context.Context, s *daemon, r reader.Reader) (card demoCard, err error) {
	c := client.Client{BaseURL: s.url, Token: s.token}
	if card.Read, err = c.Read(ctx, apitype.ReadRequest{Reader: r.ID}); err != nil || card.Read.Generation < 3 {
		return card, err
	}
	proof, err := c.Verify(ctx, apitype.VerifyRequest{Reader: r.ID, Nonce: hex.EncodeToString([]byte(rand.Text()))})
	proof.Evidence = "" // for a back end, which is not here
	card.Verify = &proof
	return card, err
}

func (p *program) printDemo(cards []demoCard, s *daemon) error {
	if p.json {
		return p.printJSON(map[string][]demoCard{"cards": cards})
	}
	for _, card := range cards {
		if err := p.printReading(card.Read, s.Terminal.Profiles()); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
		if card.Verify == nil {
			continue
		}
		if err := p.printVerification(*card.Verify, nil, s.Terminal); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout)
	}
	return nil
}

func holding(s reader.Snapshot) []reader.Reader {
	return slices.DeleteFunc(slices.Clone(s.Readers), func(r reader.Reader) bool { return r.Card == nil })
}

// demoSlot is a slot of the demonstration: two of them make a reader, as the virtual readers of pcscd have it.
type demoSlot struct {
	reader string
	slot   int
	card   string
}

func (d demoSlot) name() string { return fmt.Sprintf("%s 00 %02d", d.reader, d.slot) }

// demoSlots hold a card of each generation, one with items that were never written, one with a portrait, and a PSAM for what wants keys.
func demoSlots() []demoSlot {
	return []demoSlot{
		{"Virtual Contact", 0, "gen1"}, {"Virtual Contact", 1, "gen2"},
		{"Virtual Contact B", 0, "gen2-unset"}, {"Virtual Contact B", 1, "gen3-photo"},
		{"Virtual Contactless", 0, "gen2-contactless"}, {"Virtual Contactless", 1, "gen3-contactless"},
		{"Virtual SAM", 0, "psam"},
	}
}

// demoDriver gives the slots with their cards: in memory, or in a pcscd of our own.
func (p *program) demoDriver(pcscd bool) (d reader.Driver, cleanUp func(), err error) {
	if pcscd {
		p.note("%s", p.say(sayDemoPCSC))
		return demoPCSC(demoSlots())
	}
	p.note("%s", p.say(sayDemoMemory))
	v := virtual.New()
	for _, slot := range demoSlots() {
		card, err := softwareCard{name: slot.card}.make()
		if err != nil {
			return nil, nil, err
		}
		v.AddReader(slot.name())
		if err := v.Insert(slot.name(), card); err != nil {
			return nil, nil, err
		}
	}
	return v, func() {}, nil
}
