//go:build cgo

package pcsc

import (
	"encoding/binary"
	"strings"
	"syscall"
	"time"
)

// What syscall does not have of sock_diag(7) and linux/unix_diag.h.
const (
	netlinkSockDiag    = 4
	sockDiagByFamily   = 20
	showName, showPeer = 1 << 0, 1 << 2
	attributeName      = 0
	attributePeer      = 2
	messageHead        = 16 // struct unix_diag_msg: family, type, state, pad, inode, cookie
	diagTimeout        = time.Second
)

// peersOf asks for the other ends of all connections to the socket at path.
func peersOf(path string) (map[uint32]bool, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	limit := syscall.NsecToTimeval(int64(diagTimeout))
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit); err != nil {
		return nil, err
	}
	if err := syscall.Sendto(fd, diagRequest(), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil, err
	}
	peers := make(map[uint32]bool)
	buffer := make([]byte, 1<<16)
	for {
		n, _, err := syscall.Recvfrom(fd, buffer, 0)
		if err != nil {
			return nil, err
		}
		messages, err := syscall.ParseNetlinkMessage(buffer[:n])
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			switch m.Header.Type {
			case syscall.NLMSG_DONE:
				return peers, nil
			case syscall.NLMSG_ERROR:
				return nil, syscall.EINVAL
			}
			if name, peer := diagAnswer(m.Data); name == path && peer != 0 {
				peers[peer] = true
			}
		}
	}
}

// diagRequest asks for the names and the peers of all unix sockets: struct nlmsghdr, struct unix_diag_req.
func diagRequest() []byte {
	const size, every = syscall.NLMSG_HDRLEN + 24, ^uint32(0)
	b := make([]byte, 0, size)
	b = binary.NativeEndian.AppendUint32(b, size)
	b = binary.NativeEndian.AppendUint16(b, sockDiagByFamily)
	b = binary.NativeEndian.AppendUint16(b, syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	b = append(b, make([]byte, 8)...) // sequence, port
	b = append(b, syscall.AF_UNIX, 0, 0, 0)
	for _, field := range []uint32{every, 0, showName | showPeer, every, every} { // states, inode, what to show, cookie
		b = binary.NativeEndian.AppendUint32(b, field)
	}
	return b
}

// diagAnswer takes one socket apart. A name in the file system is that of the socket which was listened at.
func diagAnswer(b []byte) (name string, peer uint32) {
	const head = syscall.SizeofRtAttr
	if len(b) < messageHead {
		return "", 0
	}
	for b = b[messageHead:]; len(b) >= head; {
		length, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])
		if length < head || length > len(b) {
			break
		}
		switch value := b[head:length]; {
		case kind == attributeName:
			name = strings.TrimRight(string(value), "\x00")
		case kind == attributePeer && len(value) == 4:
			peer = binary.NativeEndian.Uint32(value)
		}
		b = b[min(len(b), (length+3)&^3):]
	}
	return name, peer
}
