package door_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
)

// Who waits takes no more places than sockets may, and shares these with them.
func TestStay(t *testing.T) {
	d, _ := opened(t, func(c *door.Config) { c.Limits = config.Limits{Connections: 16} })
	caller, refusal := d.Admit(from(his), reading)
	require.Nil(t, refusal)
	other, refusal := d.Admit(from(""), reading)
	require.Nil(t, refusal)

	_, leaveSocket, refusal := d.Enter(socket(his), caller)
	require.Nil(t, refusal)
	var leave []func()
	for range 3 {
		_, out, refusal := d.Stay(t.Context(), caller)
		require.Nil(t, refusal)
		leave = append(leave, out)
	}
	_, _, refusal = d.Stay(t.Context(), caller)
	require.Equal(t, apitype.RequestRateLimited, refusal.Code)
	_, _, refusal = d.Enter(socket(his), caller)
	require.Equal(t, apitype.RequestRateLimited, refusal.Code)
	_, out, refusal := d.Enter(from(his), caller)
	require.Nil(t, refusal, "who does not stay is let in")
	out()
	_, out, refusal = d.Stay(t.Context(), other)
	require.Nil(t, refusal, "another caller has places of its own")
	out()

	leaveSocket()
	_, out, refusal = d.Stay(t.Context(), caller)
	require.Nil(t, refusal, "a place is free again")
	out()
	for _, out := range leave {
		out()
	}
}

// Who may not call any more does not go on waiting, nor does it begin to.
func TestStayEnds(t *testing.T) {
	for _, row := range []struct {
		name string
		from func(t *testing.T, d *door.Door) *http.Request
		end  func(d *door.Door, c door.Caller) error
		code apitype.Code
	}{
		{"the token is another", of(""), func(d *door.Door, _ door.Caller) error { return d.Rotate() }, apitype.RequestUnauthorized},
		{"the origin is denied", of(his), func(d *door.Door, _ door.Caller) error { return d.Deny(his) }, apitype.RequestOriginDenied},
		{"the session is over", ourPage, func(d *door.Door, c door.Caller) error {
			d.EndSession(c)
			return nil
		}, apitype.RequestUnauthorized},
		{"the session gives way", ourPage, func(d *door.Door, _ door.Caller) error {
			for range 8 {
				session(t, d)
			}
			return nil
		}, apitype.RequestUnauthorized},
		{"the session has expired", ourPage, func(*door.Door, door.Caller) error {
			time.Sleep(12 * time.Hour)
			return nil
		}, apitype.RequestUnauthorized},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				caller, refusal := d.Admit(row.from(t, d), reading)
				require.Nil(t, refusal)
				ctx, leave, refusal := d.Stay(t.Context(), caller)
				require.Nil(t, refusal)
				defer leave()
				require.NoError(t, ctx.Err())
				require.NoError(t, row.end(d, caller))
				<-ctx.Done()
				_, _, refusal = d.Stay(t.Context(), caller)
				require.Equal(t, row.code, refusal.Code)
			})
		})
	}
}

func of(origin string) func(*testing.T, *door.Door) *http.Request {
	return func(*testing.T, *door.Door) *http.Request { return from(origin) }
}

func ourPage(t *testing.T, d *door.Door) *http.Request { return page(session(t, d)) }
