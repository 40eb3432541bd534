//go:build cgo && linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/vpcd"
	"sscard/terminal/function"
)

const realStackRequired = "SSCARD_REAL_STACK"

// What the tests have in common: a service with a reader for cards, one for PSAMs, and C programs that are linked
// with the library. Where the machine has no service stack is nil; where it has no compiler programs is empty.
var (
	stack    *vpcd.Service
	programs string
)

func TestMain(m *testing.M) { os.Exit(withStack(m.Run)) }

func withStack(run func() int) int {
	if err := prepare(); err != nil {
		if os.Getenv(realStackRequired) != "" || !errors.Is(err, vpcd.ErrMissing) && !errors.Is(err, exec.ErrNotFound) {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprintln(os.Stderr, "left out:", err)
	}
	if stack != nil {
		defer stack.Stop()
	}
	defer os.RemoveAll(programs)
	return run()
}

func prepare() (err error) {
	if _, err := exec.LookPath("gcc"); err != nil {
		return err
	}
	if programs, err = os.MkdirTemp("", "libsscard-"); err != nil {
		return err
	}
	if err := compile(programs); err != nil {
		return err
	}
	if stack, err = vpcd.Start("Stack Contact", "Stack SAM"); err != nil {
		return err
	}
	return errors.Join(
		os.Setenv("PCSCLITE_CSOCK_NAME", stack.Socket()),
		os.Setenv("SSCARD_STATE_DIR", filepath.Join(programs, "state"))) // and its audit log, not this machine's
}

func compile(dir string) error {
	commands := [][]string{{"./build", dir, "linux"}}
	for _, name := range []string{"counter", "hostile"} {
		commands = append(commands, []string{
			"gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I" + dir, "-o", filepath.Join(dir, name),
			filepath.Join("testdata", name+".c"), "-L" + dir, "-lsscard", "-pthread", "-Wl,-rpath,$ORIGIN",
		})
	}
	for _, c := range commands {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", c, err, out)
		}
	}
	return nil
}

func program(t testing.TB, name string) string {
	if programs == "" {
		t.Skip("no C compiler")
	}
	return filepath.Join(programs, name)
}

func needStack(t testing.TB) {
	if stack == nil {
		t.Skip("no C compiler, or no real PC/SC stack")
	}
}

// prototypes are the functions as sscard.h declares them, without pOutInfo, the last parameter of each.
func prototypes(t testing.TB) (all []function.Function) {
	header, err := os.ReadFile("sscard.h")
	require.NoError(t, err)
	param := regexp.MustCompile(`(\w+),`)
	for _, m := range regexp.MustCompile(`(?m)^SSCARD_API long SSCARD_CALL (\w+)(\(.*) char \*pOutInfo\);$`).FindAllStringSubmatch(string(header), -1) {
		f := function.Function{Name: m[1]}
		for _, m := range param.FindAllStringSubmatch(m[2], -1) {
			f.Params = append(f.Params, m[1])
		}
		all = append(all, f)
	}
	return all
}

func TestHeader(t *testing.T) {
	require.Len(t, prototypes(t), 23)
	require.Equal(t, function.Functions(), prototypes(t))
}
