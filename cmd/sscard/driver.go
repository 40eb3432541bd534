package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/testdata"
)

const (
	virtualPrefix = "virtual:"
	tracePrefix   = "trace:"
)

// openReaders is the driver that the flags name, or what another verb has put in its place.
func (p *program) openReaders() (reader.Driver, error) {
	if p.drive != nil {
		return p.drive()
	}
	return driver(p.driverName)
}

// driver is the PC/SC service, or readers in memory that a file describes, or in which the sessions of a trace are
// played again and again, to programs that need not ask as was asked then.
func driver(name string) (reader.Driver, error) {
	if name == "pcsc" {
		return pcsc.New(), nil
	}
	if file, ok := strings.CutPrefix(name, virtualPrefix); ok {
		return virtualReaders(file)
	}
	if file, ok := strings.CutPrefix(name, tracePrefix); ok {
		return tracedReaders(file)
	}
	return nil, usage(sayOneOf, "--driver", name, "pcsc | virtual:FILE | trace:FILE")
}

// virtualFile is the YAML behind --driver virtual:FILE.
type virtualFile struct {
	Readers []struct {
		Name  string `yaml:"name"`
		Card  string `yaml:"card"`  // a built-in card such as gen2, or a YAML file beside this one; empty: no card
		Fault string `yaml:"fault"` // as softcard.ParseFault reads it
		Forge string `yaml:"forge"` // as softcard.ParseForgery reads it
	} `yaml:"readers"`
}

func virtualReaders(file string) (reader.Driver, error) {
	data, err := os.Open(file)
	if err != nil {
		return nil, usageError{err}
	}
	defer data.Close()
	var described virtualFile
	d := yaml.NewDecoder(data)
	d.KnownFields(true)
	if err := d.Decode(&described); err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	v := virtual.New()
	for _, r := range described.Readers {
		if r.Name == "" {
			return nil, usage(sayNameless, file)
		}
		v.AddReader(r.Name)
		if r.Card == "" {
			continue
		}
		card, err := softwareCard{name: r.Card, dir: filepath.Dir(file), fault: r.Fault, forgery: r.Forge}.make()
		if err != nil {
			return nil, err
		}
		if err := v.Insert(r.Name, card); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// softwareCard is a built-in card or PSAM by its name, or one from a YAML file, relative to dir. A fault goes wrong in it;
// a forgery makes it one that is not genuine.
type softwareCard struct{ name, dir, fault, forgery string }

func (s softwareCard) make() (softcard.Answerer, error) {
	card, err := s.parse()
	if err != nil {
		return nil, usageError{err}
	}
	if s.forgery != "" {
		f, err := softcard.ParseForgery(s.forgery)
		if err = errors.Join(err, card.Forge(f)); err != nil {
			return nil, usageError{err}
		}
	}
	if s.fault == "" {
		return card, nil
	}
	f, err := softcard.ParseFault(s.fault)
	if err != nil {
		return nil, usageError{err}
	}
	return softcard.WithFault(card, f), nil
}

func (s softwareCard) parse() (*softcard.Card, error) {
	data, err := testdata.Cards.ReadFile("cards/" + s.name + ".yaml")
	if err != nil {
		data, err = testdata.SAMs.ReadFile("sams/" + s.name + ".yaml")
	}
	if err != nil {
		path := s.name
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.dir, path)
		}
		if data, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("no such card: %w", err)
		}
	}
	card, err := softcard.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("card %s: %w", s.name, err)
	}
	return card, nil
}

// equipped is wiring.Equip for the verbs of people: the driver and the configuration come from the flags. At the end
// they are told where what they did has no line in the audit log.
func (p *program) equipped(ctx context.Context) (*wiring.Equipment, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	d, err := p.openReaders()
	if err != nil {
		return nil, err
	}
	e, err := wiring.Equip(ctx, d, cfg, p.log())
	if err != nil {
		return nil, err
	}
	stop := e.Stop
	e.Stop = func() {
		stop()
		if err := e.Audit.Err(); err != nil {
			p.note(p.say(sayAuditFails), wiring.AuditPath(cfg), err)
		}
	}
	return e, nil
}
