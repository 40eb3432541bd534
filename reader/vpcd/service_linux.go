package vpcd

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Where Debian's packages pcscd and vsmartcard-vpcd put what a private service needs. The daemon has its run
// directory compiled in and wants it to exist, though it puts nothing there when it is handed its socket.
const (
	daemonPath   = "/usr/sbin/pcscd"
	driverGlob   = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so*"
	runDirectory = "/run/pcscd"
	nobody       = 65534

	// Ports below the ephemeral range, so that nobody is given one between our look and the driver's bind.
	firstPort, lastPort = 20000, 32000
	slotsPerEntry       = 2
	maxEntries          = 8
)

// Service is a private pcscd. It dies with this process.
type Service struct {
	dir      string
	readers  []string
	port     int
	listener *net.UnixListener
	daemon   *exec.Cmd
}

// Start runs a pcscd of its own with two virtual readers for each name, "NAME 00 00" and "NAME 00 01"; eight
// names at most. Programs reach it with PCSCLITE_CSOCK_NAME set to its Socket before their first PC/SC
// call. As root it runs the daemon as nobody: as root that would take over the machine's own pid file.
func Start(readers ...string) (*Service, error) {
	if len(readers) > maxEntries {
		return nil, fmt.Errorf("vpcd: %d readers, %d at most", len(readers), maxEntries)
	}
	driver, err := installed()
	if err != nil {
		return nil, err
	}
	s := &Service{readers: readers}
	if s.dir, err = os.MkdirTemp("", "sscard-pcscd-"); err != nil {
		return nil, err
	}
	if err := s.prepare(driver); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// installed finds the driver, and tells what else is missing.
func installed() (driver string, err error) {
	if _, err := os.Stat(daemonPath); err != nil {
		return "", fmt.Errorf("%w: %s (package pcscd)", ErrMissing, daemonPath)
	}
	drivers, err := filepath.Glob(driverGlob)
	if err != nil || len(drivers) == 0 {
		return "", fmt.Errorf("%w: %s (package vsmartcard-vpcd)", ErrMissing, driverGlob)
	}
	if _, err := os.Stat(runDirectory); err != nil {
		return "", fmt.Errorf("%w: directory %s (mkdir -m 755 %[2]s)", ErrMissing, runDirectory)
	}
	return drivers[0], nil
}

func (s *Service) prepare(driver string) error {
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	for _, dir := range []string{configured, unplugged} {
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o755); err != nil {
			return err
		}
	}
	s.port = freePorts(slotsPerEntry * len(s.readers))
	for i, name := range s.readers {
		// The driver keeps its slots in a static table: each entry needs a file of its own.
		library := filepath.Join(s.dir, fmt.Sprintf("driver%d.so", i))
		if err := copyFile(driver, library); err != nil {
			return err
		}
		port := s.port + slotsPerEntry*i
		entry := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME /dev/null:%d\nLIBPATH %s\nCHANNELID %[2]d\n", name, port, library)
		if err := os.WriteFile(s.entry(configured, i), []byte(entry), 0o644); err != nil {
			return err
		}
	}
	return s.Launch()
}

// listen makes the socket, where it is not there.
func (s *Service) listen() (err error) {
	if s.listener != nil {
		return nil
	}
	s.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: s.Socket(), Net: "unix"})
	if err != nil {
		return err
	}
	return os.Chmod(s.Socket(), 0o666)
}

// freePorts looks for a run of n ports that nobody listens on.
func freePorts(n int) int {
	for {
		first := firstPort + rand.IntN((lastPort-firstPort-n)/n)*n
		if allFree(first, n) {
			return first
		}
	}
}

func allFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Launch starts the daemon, at first and again after Kill or Withdraw. The socket is handed over as systemd does it, so
// that it answers before the daemon does: who connects waits until the readers are up.
func (s *Service) Launch() error {
	if err := s.listen(); err != nil {
		return err
	}
	socket, err := s.listener.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	s.daemon = exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`,
		daemonPath, "--foreground", "--config", filepath.Join(s.dir, configured))
	s.daemon.ExtraFiles = []*os.File{socket}
	s.daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		s.daemon.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return s.daemon.Start()
}

// Socket is what PCSCLITE_CSOCK_NAME must be.
func (s *Service) Socket() string { return filepath.Join(s.dir, "pcscd.comm") }

// Reader is a virtual reader of the service: its name in PC/SC and where its driver listens for a card.
type Reader struct{ Name, Addr string }

// Readers are the service's readers, two for each name given to Start, in that order.
func (s *Service) Readers() []Reader {
	var all []Reader
	for i, name := range s.readers {
		for slot := range slotsPerEntry {
			all = append(all, Reader{
				Name: fmt.Sprintf("%s 00 %02d", name, slot),
				Addr: fmt.Sprintf("127.0.0.1:%d", s.port+slotsPerEntry*i+slot),
			})
		}
	}
	return all
}

// Stop ends the service and removes what it had on disk.
func (s *Service) Stop() {
	s.Withdraw()
	_ = os.RemoveAll(s.dir)
}
