package virtual_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const name = "Virtual Contact 00 00"

type stand struct {
	t      *testing.T
	driver *virtual.Driver
}

func (s stand) Driver() reader.Driver        { return s.driver }
func (s stand) Reader() string               { return name }
func (s stand) Insert(card *readertest.Card) { require.NoError(s.t, s.driver.Insert(name, card)) }
func (s stand) Eject()                       { require.NoError(s.t, s.driver.Eject(name)) }

func TestConformance(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Stand {
		return stand{t: t, driver: virtual.New(name, "Another Reader 00 00")}
	})
}
