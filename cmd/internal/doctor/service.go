package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"sscard/reader"
)

// daemons are where pcscd is installed.
var daemons = []string{"usr/sbin/pcscd", "usr/bin/pcscd", "usr/local/sbin/pcscd"}

// checkService finds out whether the PC/SC service answers, and if not, what it is that does not.
func checkService(ctx context.Context, x *examination) []Finding {
	err := x.readers.Err
	if err == nil {
		return append([]Finding{finding("service.ok", "")}, x.narrowSocket()...)
	}
	if f, some := x.socketTrouble(ctx); some {
		return []Finding{f}
	}
	code := "service.unavailable"
	switch {
	case errors.Is(err, reader.ErrDenied):
		code = "service.denied"
	case x.silent:
		code = "service.hung"
	}
	return []Finding{finding(code, err.Error())}
}

// socketTrouble tells what is wrong with the socket of pcscd.
func (x *examination) socketTrouble(ctx context.Context) (Finding, bool) {
	if x.Windows || x.Socket == "" {
		return Finding{}, false
	}
	info, err := os.Stat(x.Socket)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !x.anyFile(daemons):
		return finding("service.not_installed", ""), true
	case errors.Is(err, fs.ErrNotExist):
		return finding("service.not_running", x.Socket), true
	case errors.Is(err, fs.ErrPermission), err == nil && !mayWrite(info, x.User):
		return finding("service.socket_denied", x.Socket), true
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", x.Socket)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return finding("service.socket_denied", x.Socket), true
	case err != nil:
		return finding("service.stale_socket", x.Socket), true
	}
	conn.Close()
	return Finding{}, false
}

const (
	ownerWrites = 0o200
	othersWrite = 0o002
)

// mayWrite reports whether the user may connect to a socket, which takes the right to write. Groups are not looked into.
func mayWrite(info fs.FileInfo, user int) bool {
	const root = 0
	mode := info.Mode().Perm()
	return user == root || mode&othersWrite != 0 || user == ownerOf(info) && mode&ownerWrites != 0
}

// narrowSocket warns of a socket that this user may use, and the daemon's may not.
func (x *examination) narrowSocket() []Finding {
	info, err := os.Stat(x.Socket)
	if x.Windows || err != nil || info.Mode().Perm()&othersWrite != 0 {
		return nil
	}
	return []Finding{finding("service.socket_narrow", x.Socket+" "+info.Mode().Perm().String())}
}

const (
	polkitAction = "usr/share/polkit-1/actions/org.debian.pcsc-lite.policy" // there where pcscd asks polkit
	polkitName   = "org.debian.pcsc-lite."
)

// checkPolkit looks for a rule that lets the daemon's user in, where pcscd asks for one.
func checkPolkit(_ context.Context, x *examination) []Finding {
	if !x.anyFile([]string{polkitAction}) {
		return nil
	}
	closed := false
	for _, dir := range []string{"etc/polkit-1/rules.d", "usr/share/polkit-1/rules.d"} {
		rules, err := os.ReadDir(x.path(dir))
		closed = closed || errors.Is(err, fs.ErrPermission)
		for _, rule := range rules {
			content, err := os.ReadFile(filepath.Join(x.path(dir), rule.Name()))
			closed = closed || errors.Is(err, fs.ErrPermission)
			if strings.Contains(string(content), polkitName) {
				return []Finding{finding("service.polkit", rule.Name())}
			}
		}
	}
	if closed {
		return []Finding{finding("service.polkit_closed", "")}
	}
	return []Finding{finding("service.polkit_none", "")}
}

// anyFile reports whether one of the files is there.
func (x *examination) anyFile(names []string) bool {
	for _, name := range names {
		if _, err := os.Stat(x.path(name)); err == nil {
			return true
		}
	}
	return false
}
