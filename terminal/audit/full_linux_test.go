package audit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"sscard/terminal/apitype"
	"sscard/terminal/audit"
)

// full takes the room away, until it is given back: every write to /dev/full finds the disk full.
func full(t *testing.T, path string) (giveBack func()) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	aside := path + "-aside"
	if err := os.Rename(path, aside); err != nil {
		require.NoError(t, os.WriteFile(aside, nil, 0o600))
	}
	require.NoError(t, os.Symlink("/dev/full", path))
	return func() {
		t.Helper()
		require.NoError(t, os.Rename(aside, path))
	}
}

func TestFullDisk(t *testing.T) {
	for name, test := range map[string]struct {
		stop    bool
		outcome string
		given   []string
	}{
		"warn": {false, apitype.AuditOK, []string{"holder.name"}},
		"stop": {true, string(apitype.Internal), nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg, said := configure(t)
				cfg.Stop = test.stop
				l := audit.New(cfg)
				defer l.Close()
				record(t, l, 1)
				giveBack := full(t, cfg.Path)
				for range 300 {
					err := l.Record(reading(1))
					require.Equal(t, test.stop, err != nil)
					if test.stop {
						require.ErrorIs(t, err, audit.ErrUnwritable)
						require.ErrorIs(t, err, unix.ENOSPC)
						require.NotContains(t, err.Error(), cfg.Path)
						require.ErrorIs(t, l.Ready(), audit.ErrUnwritable)
					} else {
						require.NoError(t, l.Ready())
					}
					time.Sleep(time.Second)
				}
				require.ErrorIs(t, l.Err(), unix.ENOSPC)
				require.Equal(t, 5, strings.Count(said.String(), "CANNOT BE WRITTEN"), "once a minute")

				giveBack()
				require.NoError(t, l.Ready())
				record(t, l, 1)
				require.NoError(t, l.Err())
				report := verify(t, cfg.Path)
				requireIntact(t, report, 2+256+1+1)
				require.Equal(t, []found{{audit.Gap, 2 + 256 + 1}}, kinds(report.Warnings))
				gap := report.Warnings[0].Gap
				require.Equal(t, []int{256, 44}, []int{gap.Late, gap.Lost})
				last, err := l.Last(3)
				require.NoError(t, err)
				require.Equal(t, test.outcome, last[0].Outcome)
				require.Equal(t, test.given, last[0].Given)
			})
		})
	}
}

// The log that stops says so before a card is touched, and nothing is lost when there is room again.
func TestRefusedBefore(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a small file system can be mounted by root only")
	}
	cfg, _ := configure(t)
	cfg.Stop = true
	dir := filepath.Dir(cfg.Path)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Skip("mount: ", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(dir, 0)) })
	l := audit.New(cfg)
	defer l.Close()
	require.NoError(t, l.Ready())
	record(t, l, 10)

	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, l.Ready())
	fill(t, ballast)
	record(t, l, 100) // what was under way has its room
	requireIntact(t, verify(t, cfg.Path), 1+10+100)
	require.ErrorIs(t, l.Ready(), audit.ErrUnwritable)
	require.ErrorIs(t, l.Ready(), unix.ENOSPC)

	require.NoError(t, os.Remove(ballast))
	require.NoError(t, l.Ready())
	record(t, l, 1)
	report := verify(t, cfg.Path)
	requireIntact(t, report, 1+10+100+1+1)
	require.Equal(t, 2, report.Warnings[0].Gap.Refused)
}

func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, unix.ENOSPC)
}

// A directory that cannot be written to is found out before a card is touched too.
func TestReadOnly(t *testing.T) {
	cfg, _ := configure(t)
	cfg.Stop = true
	require.NoError(t, os.MkdirAll(cfg.Path, 0o700)) // where the file should be
	l := audit.New(cfg)
	require.ErrorIs(t, l.Ready(), audit.ErrUnwritable)
	require.NoError(t, os.Remove(cfg.Path))
	require.NoError(t, l.Ready())
	l.Close()
	requireIntact(t, verify(t, cfg.Path), 1)
}

// A program that is stopped while it has the lock keeps others waiting for a bounded time only.
func TestLockHeld(t *testing.T) {
	cfg, _ := configure(t)
	cfg.Stop = true
	require.NoError(t, os.MkdirAll(filepath.Dir(cfg.Path), 0o700))
	holder, err := os.Create(cfg.Path + ".lock")
	require.NoError(t, err)
	require.NoError(t, unix.Flock(int(holder.Fd()), unix.LOCK_EX))
	synctest.Test(t, func(t *testing.T) {
		l := audit.New(cfg)
		require.ErrorIs(t, l.Ready(), audit.ErrUnwritable)
		require.NoError(t, holder.Close())
		require.NoError(t, l.Ready())
		l.Close()
	})
}
