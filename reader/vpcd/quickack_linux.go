package vpcd

import (
	"net"
	"syscall"
)

// quickAck asks for the next acknowledgement at once. The driver sends a message in two pieces, and
// Nagle's algorithm there waits for the delayed acknowledgement here: 40 ms a command. The kernel
// forgets the option, so it is set before each read.
func quickAck(conn *net.TCPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
	if err != nil {
		return err
	}
	return failed
}
