//go:build cgo

package pcsc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Who else uses pcscd is told by the kernel: its list of sockets (sock_diag(7)) has, for each connection that pcscd
// accepted, the inode of the other end; and /proc/PID/fd has the inodes that a process holds. A user sees only his own
// processes there, and root all. PC/SC itself does not say who holds a reader.

// Holder implements reader.Witness. The only other program at the service is the one; of several it is not told which.
func (*Driver) Holder() string {
	peers, err := peersOf(socketPath())
	if err != nil {
		return ""
	}
	programs := owners(peers)
	unseen := len(peers) > 0
	switch {
	case len(programs) == 0 && unseen:
		return "a program that this user may not see"
	case len(programs) == 1 && !unseen:
		return programs[0]
	case unseen:
		programs = append(programs, "a program that this user may not see")
	case len(programs) == 0:
		return ""
	}
	return "one of " + strings.Join(programs, ", ")
}

// owners are the other processes with one of these sockets, such as "scdaemon (pid 4711)". It takes the sockets that it
// finds, our own too, out of the set.
func owners(sockets map[uint32]bool) (programs []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		found := false
		descriptors, _ := os.ReadDir(filepath.Join(process, "fd")) // not ours to see: none
		for _, d := range descriptors {
			target, _ := os.Readlink(filepath.Join(process, "fd", d.Name()))
			if inode, is := socketInode(target); is && sockets[inode] {
				delete(sockets, inode)
				found = true
			}
		}
		pid := filepath.Base(process)
		if found && pid != strconv.Itoa(os.Getpid()) {
			name, _ := os.ReadFile(filepath.Join(process, "comm"))
			programs = append(programs, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid))
		}
	}
	return programs
}

// socketInode reads "socket:[4711]".
func socketInode(link string) (uint32, bool) {
	digits, is := strings.CutPrefix(link, "socket:[")
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, "]"), 10, 32)
	return uint32(n), is && err == nil
}
