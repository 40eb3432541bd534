package wiring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"sscard/terminal/config"
	"sscard/terminal/door"
)

// State is the directory where the daemon keeps what must outlive it.
type State struct{ Dir string }

var _ door.Keeper = State{}

const originsFile = "origins.yaml"

// envStateDir names another directory than the usual one: to the C library too, which has no flags.
const envStateDir = "SSCARD_STATE_DIR"

// DefaultStateDir is where it is kept when nobody says otherwise.
func DefaultStateDir() string {
	switch home, err := os.UserHomeDir(); {
	case os.Getenv(envStateDir) != "":
		return os.Getenv(envStateDir)
	case runtime.GOOS == "windows":
		return filepath.Join(os.Getenv("ProgramData"), "sscard")
	case os.Geteuid() == 0 || err != nil:
		return "/var/lib/sscard"
	case os.Getenv("XDG_STATE_HOME") != "":
		return filepath.Join(os.Getenv("XDG_STATE_HOME"), "sscard")
	default:
		return filepath.Join(home, ".local", "state", "sscard")
	}
}

// Origins are those that were allowed beside the configuration.
func (s State) Origins() ([]config.Origin, error) {
	return config.LoadOrigins(s.Path(originsFile))
}

// KeepOrigins writes them down.
func (s State) KeepOrigins(origins []config.Origin) error {
	text, err := config.EncodeOrigins(origins)
	if err != nil {
		return err
	}
	return s.Write(originsFile, text)
}

// Write replaces a file by one that only its owner can read: beside its place first, so that nobody reads half of it.
// The file belongs to whom the directory belongs to, so that the daemon can read what root has written.
func (s State) Write(name string, content []byte) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(s.Dir, name+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), giveToOwnerOf(s.Dir, file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.Path(name))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// privateTo reports whether only its owner can get at the file, and the owner is who runs this.
func privateTo(info fs.FileInfo) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 && isOurs(info)
}

// Path is where a file is.
func (s State) Path(name string) string { return filepath.Join(s.Dir, name) }

// Read gives a file's content.
func (s State) Read(name string) ([]byte, error) { return os.ReadFile(s.Path(name)) }
