package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/reader/vpcd"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/testdata"
)

// The tests in this file use the whole stack: libpcsclite, a pcscd of our own on its own socket, its virtual readers,
// and software cards in them.

// stack is the service of this test process, nil where the machine has none. libpcsclite reads the socket's name
// once, so there is one.
var stack *vpcd.Service

const realStackRequired = "SSCARD_REAL_STACK"

// stackTests runs the tests with the service up, and ends the browser that some of them use.
type stackTests struct{ *testing.M }

func (m stackTests) Run() int {
	defer chromium.end()
	var err error
	stack, err = vpcd.Start("Stack Contact", "Stack Contactless", "Stack 3", "Stack 4", "Stack 5", "Stack 6")
	switch {
	case errors.Is(err, vpcd.ErrMissing) && os.Getenv(realStackRequired) == "":
		fmt.Fprintln(os.Stderr, "no real PC/SC stack:", err)
		return m.M.Run()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stack.Stop()
	os.Setenv("PCSCLITE_CSOCK_NAME", stack.Socket())
	return m.M.Run()
}

func needStack(t testing.TB) {
	if stack == nil {
		t.Skip("no real PC/SC stack")
	}
}

// watched is a terminal over the real stack, watched until the test ends.
func watched(t testing.TB) *wiring.Equipment {
	needStack(t)
	e, err := wiring.Equip(context.Background(), pcsc.New(), config.Default(), (&program{stderr: t.Output()}).daemonLog())
	require.NoError(t, err)
	t.Cleanup(e.Stop)
	return e
}

// put inserts the card and waits until it is seen; what it returns takes it out and waits likewise.
func put(t testing.TB, e *wiring.Equipment, slot vpcd.Reader, card vpcd.Card) (takeOut func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() { left <- vpcd.Serve(ctx, slot.Addr, card) }()
	until := func(held bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_, err := e.Pool.Await(ctx, func(s reader.Snapshot) bool { return holds(s, slot.Name) == held })
		require.NoError(t, err, "%s: card seen: %v", slot.Name, held)
	}
	until(true)
	return func() {
		t.Helper()
		cancel()
		<-left
		until(false)
	}
}

func holds(s reader.Snapshot, name string) bool {
	for _, r := range s.Readers {
		if r.Name == name {
			return r.Card != nil
		}
	}
	return false
}

func cardNames(t testing.TB) (names []string) {
	entries, err := testdata.Cards.ReadDir("cards")
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// comparable is the document without what differs between two readings of a card: the reader and the time.
func comparable(d apitype.ReadDocument) apitype.ReadDocument {
	d.Reader, d.ElapsedMS = apitype.ReaderRef{}, 0
	return d
}

// readAt reads with a terminal that has not met the card's model yet.
func readAt(t testing.TB, e *wiring.Equipment, name string) (apitype.ReadDocument, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	fresh := terminal.New(terminal.Config{Pool: e.Pool, Profiles: e.Terminal.Profiles(), Log: slog.New(slog.DiscardHandler)})
	reading, err := fresh.Read(ctx, terminal.ReadRequest{Reader: name, Interface: reader.Unknown})
	if err != nil {
		return apitype.ReadDocument{}, err
	}
	return reading.Document(), nil
}

// Every card reads through pcscd as it does in memory, the exchanges included.
func TestEveryCardThroughTheStack(t *testing.T) {
	e := watched(t)
	for i, name := range cardNames(t) {
		slot := stack.Readers()[2*(i%2)+i/2%2] // contact and contactless readers, both slots
		t.Run(name, func(t *testing.T) {
			v := virtual.New(slot.Name)
			require.NoError(t, v.Insert(slot.Name, builtIn(t, name)))
			inMemory, err := wiring.Equip(t.Context(), v, config.Default(), (&program{stderr: t.Output()}).daemonLog())
			require.NoError(t, err)
			defer inMemory.Stop()
			want, err := readAt(t, inMemory, slot.Name)
			require.NoError(t, err)

			defer put(t, e, slot, builtIn(t, name))()
			got, err := readAt(t, e, slot.Name)
			require.NoError(t, err)
			require.Equal(t, comparable(want), comparable(got))
		})
	}
}

// Every fault at every command of a reading: its code, no data, and the next card is read.
func TestEveryFaultThroughTheStack(t *testing.T) {
	e := watched(t)
	malformed, mute, removed := apitype.DataMalformed, apitype.CardMute, apitype.CardRemoved
	tests := []struct {
		fault string
		want  [3]apitype.Code // at the first, second and third command
	}{
		{"removed", [3]apitype.Code{removed, removed, removed}},
		{"mute", [3]apitype.Code{mute, mute, mute}},
		{"wrong-length", [3]apitype.Code{malformed, malformed, malformed}},
		{"more", [3]apitype.Code{malformed, malformed, malformed}},
		{"wrong-tag+", [3]apitype.Code{malformed, malformed, malformed}},
		{"short-record+", [3]apitype.Code{malformed, malformed, malformed}},
		{"wrong-tag", [3]apitype.Code{}}, // once: mended by asking another way
		{"short-record", [3]apitype.Code{}},
		{"slow:5s", [3]apitype.Code{mute, mute, mute}}, // longer than a card may take for a command
	}
	// One slot of each driver: pcscd lets a driver's slots wait for each other, and a mute card makes that long.
	slots := make(chan vpcd.Reader, len(stack.Readers()))
	for i, slot := range stack.Readers() {
		if i%2 == 0 {
			slots <- slot
		}
	}
	for _, test := range tests {
		for i, want := range test.want {
			kind, rest, _ := strings.Cut(test.fault, ":")
			text := strings.TrimSuffix(kind, "+") + fmt.Sprintf("@%d", i+1) + kind[len(strings.TrimSuffix(kind, "+")):]
			if rest != "" {
				text += ":" + rest
			}
			t.Run(text, func(t *testing.T) {
				t.Parallel()
				slot := <-slots
				defer func() { slots <- slot }()
				fault, err := softcard.ParseFault(text)
				require.NoError(t, err)

				takeOut := put(t, e, slot, softcard.WithFault(builtIn(t, "gen2-long-name"), fault))
				document, err := readAt(t, e, slot.Name)
				takeOut()
				if want == "" {
					require.NoError(t, err)
					require.NotEmpty(t, document.Holder.Get("name"))
				} else {
					require.Error(t, err)
					require.Equal(t, want, terminal.AsError(err).Code, "%v", err)
				}

				defer put(t, e, slot, builtIn(t, "gen1"))()
				document, err = readAt(t, e, slot.Name)
				require.NoError(t, err, "the next card")
				require.Equal(t, "李四", document.Holder.Get("name"))
			})
		}
	}
}

// A card that does not answer its reset, through the command line.
func TestMuteCardThroughTheStack(t *testing.T) {
	e := watched(t)
	slot := stack.Readers()[0]
	card, err := softwareCard{name: "gen2", fault: "mute-atr"}.make()
	require.NoError(t, err)
	defer put(t, e, slot, card)()
	_, err = readAt(t, e, slot.Name)
	require.Equal(t, apitype.CardMute, terminal.AsError(err).Code)
}

func TestCommandLineThroughTheStack(t *testing.T) {
	needStack(t)
	slot := stack.Readers()[0]
	ctx, takeOut := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- vpcd.Serve(ctx, slot.Addr, builtIn(t, "gen2")) }()

	status, stdout, stderr := runs(t.Context(), "read", "--wait", "20s", "--reader", slot.Name, "--json")
	require.Equal(t, apitype.ExitDone, status, stderr)
	var document apitype.ReadDocument
	require.NoError(t, json.Unmarshal([]byte(stdout), &document))
	require.Equal(t, "王小明", document.Holder.Get("name"))
	require.Equal(t, 3, document.Exchanges)

	status, stdout, _ = runs(t.Context(), "readers", "--json")
	require.Equal(t, apitype.ExitDone, status)
	require.Contains(t, stdout, slot.Name)

	takeOut()
	require.NoError(t, <-left)
}

func TestDemo(t *testing.T) {
	status, stdout, stderr := runs(t.Context(), "demo", "--once", "--lang", "zh", "--listen", "127.0.0.1:0")
	require.Equal(t, apitype.ExitDone, status, stderr)
	for _, said := range []string{"李四", "王小明", "欧阳明月", "3.0 · SM4 · 510100", "真卡 (IRK)", "未读到          民族: 卡内没有这项数据"} {
		require.Contains(t, stdout, said)
	}
}
