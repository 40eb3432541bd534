package vpcd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// What can happen to a service. A crash, an update and a hanging driver are made so; a cable that is pulled out cannot
// be: pcscd reads its configuration once, so Unplug and Plug take effect at the next Launch.

// Kill ends the daemon as a crash would; its clients see it at once.
func (s *Service) Kill() {
	if s.daemon != nil && s.daemon.Process != nil {
		_ = s.daemon.Process.Kill()
		_ = s.daemon.Wait()
		s.daemon = nil
	}
}

// Withdraw ends the daemon and takes its socket away, as on a machine where it is not started.
func (s *Service) Withdraw() {
	s.Kill()
	if s.listener != nil {
		s.listener.Close()
		s.listener = nil
	}
}

// Freeze stops the daemon where it stands: it takes calls and answers none, until Thaw.
func (s *Service) Freeze() error { return s.daemon.Process.Signal(syscall.SIGSTOP) }

// Thaw has it go on.
func (s *Service) Thaw() error { return s.daemon.Process.Signal(syscall.SIGCONT) }

// Where an entry of the daemon's configuration is, under the service's directory.
const (
	configured = "reader.conf.d"
	unplugged  = "unplugged"
)

// Unplug takes away both readers of a name that was given to Start.
func (s *Service) Unplug(name string) error { return s.move(name, configured, unplugged) }

// Plug brings them back.
func (s *Service) Plug(name string) error { return s.move(name, unplugged, configured) }

func (s *Service) move(name, from, to string) error {
	i := slices.Index(s.readers, name)
	return os.Rename(s.entry(from, i), s.entry(to, i))
}

func (s *Service) entry(in string, i int) string {
	return filepath.Join(s.dir, in, fmt.Sprintf("reader%d", i))
}
