package main

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"

	"sscard/terminal/config"
)

// sockets are those that systemd has opened for us (sd_listen_fds_with_names(3)), by the FileDescriptorName of the unit:
// that of a port.
type sockets map[string][]net.Listener

// inheritedSockets takes what there is, once. Others than this machine's would let the network in.
func inheritedSockets() (sockets, error) {
	all, err := activation.ListenersWithNames()
	if err != nil {
		return nil, err
	}
	for name, listeners := range all {
		for _, l := range listeners {
			if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
				return nil, fmt.Errorf("%w: socket %s: %s is not a loopback address", config.ErrInvalid, name, l.Addr())
			}
		}
	}
	return all, nil
}

// take gives the sockets for a port.
func (s sockets) take(name string) []net.Listener {
	taken := s[name]
	delete(s, name)
	return taken
}

// left fails where there are sockets that no port is for: somebody waits there for an answer.
func (s sockets) left() error {
	if len(s) == 0 {
		return nil
	}
	return fmt.Errorf("%w: socket %s: FileDescriptorName must be http, compat, or with tls.mode: local https",
		config.ErrInvalid, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
}
