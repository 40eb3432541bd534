//go:build linux && cgo

package pcsc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
)

// helper names what this program does as another program at the same service.
const helper = "SSCARD_HELPER"

var helpers = map[string]func(readerName string) error{
	"exclusive":   func(name string) error { return hold(name, scard.ShareExclusive, scard.LeaveCard) },
	"transaction": func(name string) error { return hold(name, scard.ShareShared, scard.LeaveCard) },
	"reset":       func(name string) error { return hold(name, scard.ShareShared, scard.ResetCard) },
	"idle":        idle,
	"watch":       watch,
}

// help is the whole of a process that is another program. It says "ready" and goes on until its input ends.
func help(role string) int {
	if err := helpers[role](os.Args[1]); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func wait() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// hold has the reader, in a transaction, and ends that with the disposition.
func hold(name string, mode scard.ShareMode, end scard.Disposition) error {
	sc, err := scard.EstablishContext()
	if err != nil {
		return err
	}
	defer sc.Release()
	card, err := sc.Connect(name, mode, scard.ProtocolAny)
	if err != nil {
		return err
	}
	if err := card.BeginTransaction(); err != nil {
		return err
	}
	wait()
	return errors.Join(card.EndTransaction(end), card.Disconnect(scard.LeaveCard))
}

// idle has a context and does nothing with it.
func idle(string) error {
	sc, err := scard.EstablishContext()
	if err != nil {
		return err
	}
	defer sc.Release()
	wait()
	return nil
}

// watch tells what the watch of this driver ends with.
func watch(string) error {
	err := pcsc.New().Watch(context.Background(), func([]reader.Slot) {})
	for _, known := range []error{reader.ErrDenied, reader.ErrNoService} {
		if errors.Is(err, known) {
			fmt.Println(known)
		}
	}
	return err
}

// other is another program at work.
type other struct {
	pid int
	end func()
}

// run starts this program again in a role, and waits until it is ready.
func run(t *testing.T, role string, at vpcd.Reader) other {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(program, at.Name)
	c.Env = append(os.Environ(), helper+"="+role)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	end := sync.OnceFunc(func() {
		in.Close()
		_ = c.Wait()
	})
	t.Cleanup(end)
	return other{c.Process.Pid, end}
}

// asNobody runs this program in a role as a user without rights, and gives what it says. As a user it cannot.
func asNobody(t *testing.T, role string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	const nobodyElse = 65533 // the service itself may run as nobody
	program := filepath.Join(filepath.Dir(service.Socket()), "helper")
	self, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, self, 0o755)) // ours is where only we may look
	c := exec.Command(program, "")
	c.Env = append(os.Environ(), helper+"="+role)
	c.Dir = filepath.Dir(program)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyElse, Gid: nobodyElse}}
	said, _ := c.CombinedOutput()
	return string(said)
}
