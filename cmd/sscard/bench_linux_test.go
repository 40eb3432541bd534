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
	"sscard/reader/softcard"
	"sscard/terminal"
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
func compiled(b testing.TB, name string) (program string) {
	program = filepath.Join(b.TempDir(), name)
	build := fmt.Sprintf("${CC:-gcc} -O2 -Wall -Werror -o %s testdata/%s.c $(pkg-config --cflags --libs libpcsclite) -ldl", program, name)
	out, err := exec.Command("sh", "-c", build).CombinedOutput()
	require.NoError(b, err, "%s", out)
	return program
}

// startFloor runs the C program; each call of the result is one reading of it.
func startFloor(b testing.TB, program, reader string, commands []string) func() time.Duration {
	return stopwatch(b, exec.Command(program, append([]string{reader}, commands...)...))
}

// stopwatch runs a program that for each line on standard input reads once and prints the nanoseconds that it took.
func stopwatch(b testing.TB, c *exec.Cmd) func() time.Duration {
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
