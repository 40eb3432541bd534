package function_test

import (
	"context"
	"encoding/hex"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/function"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
	"sscard/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	slot    = "Counter 1 00 00"
	samSlot = "Counter SAM 00 00"
	gen3    = "510100D15600000500000023FFFFFFFF|H00000047|" // pCardInfo of gen3-full
)

// counter is the functions over a reader with a full card of the third generation.
type counter struct {
	t       *testing.T
	driver  *virtual.Driver
	library *function.Library
	card    *softcard.Card
	asked   []string
}

func open(t *testing.T, psam bool, test func(t *testing.T, c *counter)) {
	t.Helper()
	profiles, err := profile.Load("")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		c := &counter{t: t, driver: virtual.New(slot, samSlot)}
		pool := reader.NewPool(c.driver, reader.Config{Rules: []reader.Rule{{Match: "SAM", Role: reader.RoleSAM}}})
		desk := terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Keys: sam.NewPSAM(pool), Log: slog.New(slog.DiscardHandler)})
		defer desk.Close()
		c.library = function.New(desk, function.Config{PINInRequest: true})
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go pool.Run(ctx)
		require.NoError(t, pool.Ready(ctx))
		description, err := testdata.Cards.ReadFile("cards/gen3-full.yaml")
		require.NoError(t, err)
		c.card, err = softcard.Parse(description)
		require.NoError(t, err)
		c.insert(c.card)
		if psam {
			description, err := testdata.SAMs.ReadFile("sams/psam.yaml")
			require.NoError(t, err)
			module, err := softcard.Parse(description)
			require.NoError(t, err)
			require.NoError(t, c.driver.Insert(samSlot, module))
		}
		synctest.Wait()
		test(t, c)
	})
}

func (c *counter) insert(card softcard.Answerer) {
	require.NoError(c.t, c.driver.Insert(slot, softcard.WithLog(card, func(command, _ []byte) {
		c.asked = append(c.asked, apdu.Hex(command))
	})))
	synctest.Wait()
}

// updates are the commands asked of the card that change it.
func (c *counter) updates() (list []string) {
	for _, command := range c.asked {
		if ins := command[2:4]; ins == "DC" || ins == "D6" || command[:4] == "B02C" {
			list = append(list, command)
		}
	}
	return list
}

// call calls a function with its parameters in the order of the standard, and the right PIN.
func (c *counter) call(name string, params ...string) function.Result {
	c.t.Helper()
	return c.callWith("123456", name, params...)
}

func (c *counter) callWith(pin, name string, params ...string) function.Result {
	c.t.Helper()
	p, err := function.ParseParams(name, params)
	require.NoError(c.t, err)
	if pin != "" {
		p.PIN = &pin
	}
	result, err := c.library.Call(terminal.WithCaller(c.t.Context(), terminal.Caller{Origin: "page"}), name, p)
	require.NoError(c.t, err)
	return result
}

// hsm answers 算法|密钥地址|外部因子|外部原始| as a back end does.
func hsm(t *testing.T, card *softcard.Card, request string) string {
	t.Helper()
	part := strings.Split(request, "|")
	require.Len(t, part, 5)
	roots := map[string]string{"004C": "505152535455565758595A5B5C5D5E5F", "0094": "12112233445566778899AABBCCDDEEFF"}
	keys, err := sam.LoadTestKeys(strings.NewReader("key: " + roots[part[1]]))
	require.NoError(t, err)
	historical, err := apdu.HistoricalBytes(card.ATR())
	require.NoError(t, err)
	answer, err := keys.Answer(t.Context(), sam.Card{Algorithm: sm.SM4, Region: "510100", Historical: historical}, sam.Key{Name: "key"},
		sam.Challenge{Factor: [8]byte(unhex(t, part[2])), Original: [8]byte(unhex(t, part[3]))})
	require.NoError(t, err)
	return apdu.Hex(answer[:]) + part[3]
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// A function names no reader: who stands there is told that there are two cards.
func TestTwoCards(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		const another = "Counter 2 00 00"
		c.driver.AddReader(another)
		require.NoError(t, c.driver.Insert(another, c.card))
		synctest.Wait()
		require.Equal(t, function.Result{Return: -23, OutInfo: "多个同类读卡器上有卡，请只留一张"}, c.call("iReadCardBas", "3"))
	})
}

// What the administrator decides anew holds from the next call on.
func TestReload(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		iType, pin := 1, "123456"
		params := function.Params{Type: &iType, PIN: &pin}
		_, err := c.library.Call(t.Context(), "iVerifyPIN", params)
		require.NoError(t, err)
		c.library.Reload(function.Config{PIN: terminal.PINPad{}})
		_, err = c.library.Call(t.Context(), "iVerifyPIN", params)
		require.ErrorIs(t, err, function.ErrParams)
		require.Equal(t, terminal.PINPad{}, c.library.PIN())
		c.library.Reload(function.Config{PINInRequest: true})
		_, err = c.library.Call(t.Context(), "iVerifyPIN", params)
		require.NoError(t, err)
	})
}
