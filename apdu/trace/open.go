package trace

import (
	"fmt"
	"os"
)

// TB is what [Open] needs of a *testing.T, so that only tests import testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Open plays the trace at path in a test. The test fails where the file cannot be read, and at its end
// where [Player.Done] has something to report, even if the tested code swallowed it.
func Open(t TB, path string) *Player {
	t.Helper()
	s, err := readFile(path)
	if err != nil {
		t.Fatalf("trace: %v", err)
	}
	p := NewPlayer(s)
	t.Cleanup(func() {
		t.Helper()
		if err := p.Done(); err != nil {
			t.Fatalf("trace: %s: %v", path, err)
		}
	})
	return p
}

func readFile(path string) (*Session, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
