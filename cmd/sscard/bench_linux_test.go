package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// BenchmarkRead reads each card through the real stack, and has a C program send the same commands to the same card
// through the same pcscd, turn by turn. ns/op is both together; the metrics are medians, and added is what a
// reading takes beyond the C program's time.
func BenchmarkRead(b *testing.B) {
	e := watched(b)
	program := compiled(b, "floor")
	slot := stack.Readers()[0]
	for _, delay := range []string{"", "slow@1:12ms"} {
		for _, name := range []string{"gen1", "gen2", "gen2-contactless", "gen3", "gen1-t0", "gen2-by-identifier"} {
			b.Run(strings.TrimSuffix(name+"/"+delay, "/"), func(b *testing.B) {
				card, err := softwareCard{name: name, fault: delay}.make()
				require.NoError(b, err)
				var sent []string
				defer put(b, e, slot, softcard.WithLog(card, func(command, _ []byte) { sent = append(sent, apdu.Hex(command)) }))()
				own := terminal.New(terminal.Config{Pool: e.Pool, Profiles: e.Terminal.Profiles(), Log: slog.New(slog.DiscardHandler)})
				_, err = own.Read(b.Context(), terminal.ReadRequest{Reader: slot.Name, Interface: "unknown"})
				require.NoError(b, err)
				sent = nil
				_, err = own.Read(b.Context(), terminal.ReadRequest{Reader: slot.Name, Interface: "unknown"})
				require.NoError(b, err)
				commands := slices.Clone(sent)

				floor := startFloor(b, program, slot.Name, commands)
				var ours, theirs []time.Duration
				for b.Loop() {
					start := time.Now()
					_, err := own.Read(b.Context(), terminal.ReadRequest{Reader: slot.Name, Interface: "unknown"})
					require.NoError(b, err)
					ours = append(ours, time.Since(start))
					theirs = append(theirs, floor())
				}
				b.ReportMetric(float64(len(commands)), "exchanges")
				b.ReportMetric(milliseconds(ours), "ms/read")
				b.ReportMetric(milliseconds(theirs), "ms/C")
				b.ReportMetric(100*(milliseconds(ours)/milliseconds(theirs)-1), "%added")
			})
		}
	}
}

func milliseconds(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2]) / float64(time.Millisecond)
}

// compiled is a C program of testdata.
func compiled(b *testing.B, name string) (program string) {
	program = filepath.Join(b.TempDir(), name)
	build := fmt.Sprintf("${CC:-gcc} -O2 -Wall -Werror -o %s testdata/%s.c $(pkg-config --cflags --libs libpcsclite)", program, name)
	out, err := exec.Command("sh", "-c", build).CombinedOutput()
	require.NoError(b, err, "%s", out)
	return program
}

// startFloor runs the C program; each call of the result is one reading of it.
func startFloor(b *testing.B, program, reader string, commands []string) func() time.Duration {
	c := exec.Command(program, append([]string{reader}, commands...)...)
	in, err := c.StdinPipe()
	require.NoError(b, err)
	out, err := c.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, c.Start())
	b.Cleanup(func() { in.Close(); _ = c.Wait() })
	lines := bufio.NewReader(out)
	return func() time.Duration {
		_, err := io.WriteString(in, "\n")
		require.NoError(b, err)
		line, err := lines.ReadString('\n')
		require.NoError(b, err)
		n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		require.NoError(b, err)
		return time.Duration(n)
	}
}

// BenchmarkVerify has the card prove itself over HTTP through the real stack, at no time and at 12 ms a command. The
// metrics are medians: of all, of what the card took, and the share of the rest.
func BenchmarkVerify(b *testing.B) {
	for _, delay := range []string{"", "slow@1:12ms"} {
		b.Run(strings.TrimSuffix("gen3/"+delay, "/"), func(b *testing.B) {
			needStack(b)
			slot := stack.Readers()[0]
			cfg := config.Default()
			var err error
			cfg.Listen = "127.0.0.1:0"
			cfg.Trust, err = demoTrust(b.TempDir())
			require.NoError(b, err)
			s, err := startDaemon(b.Context(), cfg, pcsc.New(), b.TempDir(), slog.New(slog.DiscardHandler))
			require.NoError(b, err)
			ctx, stop := context.WithCancel(b.Context())
			stopped := make(chan error, 1)
			go func() { stopped <- s.wait(ctx) }()
			defer func() { stop(); <-stopped }()
			card, err := softwareCard{name: "gen3", fault: delay}.make()
			require.NoError(b, err)
			timed := &timedCard{Answerer: card}
			defer put(b, s.Equipment, slot, timed)()

			c := client.Client{BaseURL: s.url, Token: s.token}
			var all, cards, shares []time.Duration
			for b.Loop() {
				timed.spent.Store(0)
				start := time.Now()
				v, err := c.Verify(ctx, apitype.VerifyRequest{Nonce: strings.Repeat("00", 16)})
				require.NoError(b, err)
				require.Equal(b, "genuine", v.Result)
				took, card := time.Since(start), time.Duration(timed.spent.Load())
				all, cards, shares = append(all, took), append(cards, card), append(shares, took-card)
			}
			b.ReportMetric(milliseconds(all), "ms/verify")
			b.ReportMetric(milliseconds(cards), "ms/card")
			b.ReportMetric(100*milliseconds(shares)/milliseconds(all), "%not-card")
		})
	}
}

// timedCard counts the time in which the card has a command.
type timedCard struct {
	softcard.Answerer
	spent atomic.Int64
}

func (c *timedCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	start := time.Now()
	defer func() { c.spent.Add(int64(time.Since(start))) }()
	return c.Answerer.Transmit(ctx, command)
}
