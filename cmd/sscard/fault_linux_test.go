package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// The faults of docs/faults.md as a caller of the real program meets them, with what its log and its health say.

// read reads the card in the slot, and gives the problem where there is one.
func (p *process) read(slot vpcd.Reader, within time.Duration) (d apitype.ReadDocument, problem apitype.Problem) {
	p.t.Helper()
	d, err := p.Read(p.t.Context(), apitype.ReadRequest{Reader: slot.Name, TimeoutMS: int(within.Milliseconds())})
	var told *client.Error
	if errors.As(err, &told) {
		return d, told.Problem
	}
	require.NoError(p.t, err)
	return d, problem
}

// recovers waits until the card in the slot is read, and notes how long that took.
func (p *process) recovers(slot vpcd.Reader) {
	p.t.Helper()
	began := time.Now()
	p.sees(slot)
	p.until("read again", func() bool {
		d, _ := p.read(slot, patience)
		return d.Holder.Get("name") == "王小明"
	})
	p.t.Logf("recovered after %v", time.Since(began).Round(time.Millisecond))
}

// until looks at another process until something is so.
func (p *process) until(what string, is func() bool) {
	p.t.Helper()
	require.Eventually(p.t, is, patience, 20*time.Millisecond, what)
}

// troubled reports whether health says that something is wrong which has the code, or "" for nothing at all.
func (p *process) troubled(code apitype.Code) func() bool {
	return func() bool {
		h, err := p.Health(p.t.Context())
		if code == "" {
			return err == nil && h.Status == apitype.HealthOK
		}
		return slices.ContainsFunc(h.Problems, func(t apitype.Trouble) bool { return t.Code == code })
	}
}

// logs reports whether the log has had the text so often.
func (p *process) logs(text string, times int) func() bool {
	return func() bool { return strings.Count(p.stderr.String(), text) >= times }
}

func TestServiceFaultsThroughTheDaemon(t *testing.T) {
	needStack(t)
	slot := stack.Readers()[0]
	launched := func(t *testing.T, p *process) {
		require.NoError(t, stack.Launch())
		p.insert(slot, builtIn(t, "gen2"))
	}
	held := pcsc.New().Open(slot.Name) // we are another program than the daemon
	defer held.Close()
	tests := []struct {
		name  string
		fault func(t *testing.T)
		code  apitype.Code
		log   string
		mend  func(t *testing.T, p *process)
	}{
		{"pcscd stopped", func(*testing.T) { stack.Withdraw() }, apitype.ServiceUnavailable, "smart card service lost", launched},
		{"pcscd killed", func(*testing.T) { stack.Kill() }, apitype.ServiceUnavailable, "smart card service lost", launched},
		{
			"pcscd frozen", func(t *testing.T) { require.NoError(t, stack.Freeze()) },
			apitype.ServiceUnavailable, "it does not answer",
			func(t *testing.T, _ *process) { require.NoError(t, stack.Thaw()) },
		},
		{
			"reader held by another program",
			func(t *testing.T) {
				_, err := held.Connect(t.Context())
				require.NoError(t, err)
			},
			apitype.ReaderBusy, fmt.Sprintf("(pid %d)", os.Getpid()),
			func(*testing.T, *process) { held.Close() },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := serveProcess(t, nil, "--config", quiet(t))
			p.insert(slot, builtIn(t, "gen2"))
			require.True(t, p.troubled("")())
			mend := sync.OnceFunc(func() { test.mend(t, p) })
			defer mend()
			test.fault(t)
			_, problem := p.read(slot, 1500*time.Millisecond)
			require.Equal(t, test.code, problem.Code, problem.Detail)
			p.until("told by health", p.troubled(test.code))
			require.True(t, p.logs(test.log, 1)(), test.log)
			mend()
			p.recovers(slot)
			require.True(t, p.troubled("")())
		})
	}
}

// Whenever the daemon of the readers dies in a reading, the caller gets a code and no data.
func TestServiceKilledInMidRead(t *testing.T) {
	needStack(t)
	slot := stack.Readers()[0]
	p := serveProcess(t, nil, "--config", quiet(t))
	for at := range 3 {
		t.Run(fmt.Sprintf("command %d", at+1), func(t *testing.T) {
			card := &deadly{Answerer: builtIn(t, "gen2"), at: at + 1, died: make(chan struct{})}
			p.insert(slot, card)
			d, problem := p.read(slot, patience)
			require.Equal(t, apitype.ServiceUnavailable, problem.Code, problem.Detail)
			require.Zero(t, d)
			<-card.died
			require.NoError(t, stack.Launch())
			p.until("noticed", p.logs("smart card service lost", at+1))
		})
	}
	p.insert(slot, builtIn(t, "gen2"))
	p.recovers(slot)
}

// deadly is a card at whose nth command the service dies.
type deadly struct {
	softcard.Answerer
	at, count int
	died      chan struct{}
}

func (d *deadly) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if d.count++; d.count == d.at {
		stack.Kill()
		close(d.died)
		return nil, softcard.ErrRemoved
	}
	return d.Answerer.Transmit(ctx, command)
}

// A reading that comes to its end in time is answered, though the daemon was told to stop in the middle of it.
func TestReadingEndsBeforeTheDaemon(t *testing.T) {
	needStack(t)
	slot := stack.Readers()[0]
	p := serveProcess(t, nil, "--config", quiet(t))
	card := &told{Answerer: builtIn(t, "gen2"), tell: func() { p.signal(syscall.SIGTERM); p.waitFor("STOPPING=1") }}
	p.insert(slot, card)
	d, problem := p.read(slot, patience)
	require.Empty(t, problem)
	require.Equal(t, "王小明", d.Holder.Get("name"))
	require.Zero(t, p.ended().ExitCode())
}

// told has something done at its second command.
type told struct {
	softcard.Answerer
	count int
	tell  func()
}

func (c *told) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c.count++; c.count == 2 {
		c.tell()
	}
	return c.Answerer.Transmit(ctx, command)
}

// A state directory that has become read-only, as file systems do that find themselves broken: the token is there, cards
// are read, and the audit log is told to be missing.
func TestStateDirectoryReadOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file system read-only")
	}
	dir := t.TempDir()
	_, err := wiring.State{Dir: dir}.Token()
	require.NoError(t, err)
	const none = ""
	if err := syscall.Mount(dir, dir, none, syscall.MS_BIND, none); err != nil {
		t.Skip("no mounts here: ", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	require.NoError(t, syscall.Mount(none, dir, none, syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, none))

	hall := hallFile(t, `readers: [{name: "Desk Contact 00", card: gen2}]`)
	p := spawn(t, nil, nil, "--listen", "127.0.0.1:0", "--driver", hall, "--state-dir", dir)
	p.waitFor("READY=1")
	p.dir = dir
	p.Client = p.client()
	d, err := p.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	require.Equal(t, "王小明", d.Holder.Get("name"))
	h, err := p.Health(t.Context())
	require.NoError(t, err)
	require.Equal(t, apitype.OfAudit, h.Problems[0].Subject)
	require.Contains(t, p.stderr.String(), "THE AUDIT LOG CANNOT BE WRITTEN")
}
