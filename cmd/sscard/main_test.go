package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run the real program in processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(ownState{stackTests{m}}, map[string]func(){"sscard": main})
}

// ownState keeps the tests' state, and their audit log, out of this machine's.
type ownState struct{ testscript.TestingM }

func (s ownState) Run() int {
	dir, err := os.MkdirTemp("", "sscard-state-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("SSCARD_STATE_DIR", dir)
	return s.TestingM.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("LC_ALL", "")
			env.Setenv("SSCARD_STATE_DIR", filepath.Join(env.WorkDir, "state"))
			_, err := demoTrust(env.WorkDir) // root.pem, province.pem
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": exitStatus},
	})
}

// exitStatus is the script command "status N program args…": the program ends with that exit status.
func exitStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args...]")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}
