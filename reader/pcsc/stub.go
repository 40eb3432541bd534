//go:build !cgo && !windows

// Package pcsc, built without cgo, stands in for the PC/SC service where there can be none.
package pcsc

import (
	"context"
	"fmt"

	"sscard/reader"
)

// Driver answers that there is no service.
type Driver struct{}

var _ reader.Driver = (*Driver)(nil)

var errWithout = fmt.Errorf("%w: this sscard was built without PC/SC (CGO_ENABLED=0)", reader.ErrNoService)

// New returns the driver.
func New() *Driver { return &Driver{} }

// Watch fails at once.
func (*Driver) Watch(context.Context, func([]reader.Slot)) error {
	return &reader.Error{Op: "watch", Err: errWithout}
}

// Open returns a connection that fails at once.
func (*Driver) Open(string) reader.Conn { return closedConn{} }

type closedConn struct{}

func (closedConn) Connect(context.Context) ([]byte, error)          { return nil, errWithout }
func (closedConn) Transmit(context.Context, []byte) ([]byte, error) { return nil, errWithout }
func (closedConn) Touch(context.Context) error                      { return errWithout }
func (closedConn) ResetOnClose()                                    {}
func (closedConn) Close()                                           {}

func (closedConn) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}
