package door_test

import (
	"errors"
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

// Who may not call any more does not go on waiting.
func TestStayEnds(t *testing.T) {
	for _, row := range []struct {
		name   string
		caller func(t *testing.T, d *door.Door) *http.Request
		end    func(d *door.Door, c door.Caller) error
	}{
		{"the token is another", aProgram, func(d *door.Door, _ door.Caller) error { return d.Rotate() }},
		{"the origin is denied", aPage, func(d *door.Door, _ door.Caller) error { return d.Deny(his) }},
		{"the session ends with the token", ourPage, func(d *door.Door, _ door.Caller) error { return d.Rotate() }},
		{"the session is ended", ourPage, func(d *door.Door, c door.Caller) error {
			if refusal := d.EndSession(c); refusal != nil {
				return errors.New(string(refusal.Code))
			}
			return nil
		}},
		{"the session gives way", ourPage, func(d *door.Door, _ door.Caller) error {
			for range 8 {
				session(t, d)
			}
			return nil
		}},
		{"the session has expired", ourPage, func(*door.Door, door.Caller) error {
			time.Sleep(12 * time.Hour)
			return nil
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				caller, refusal := d.Admit(row.caller(t, d), reading)
				require.Nil(t, refusal)
				ctx, leave, refusal := d.Stay(t.Context(), caller)
				require.Nil(t, refusal)
				defer leave()
				require.NoError(t, ctx.Err())
				require.NoError(t, row.end(d, caller))
				<-ctx.Done()
			})
		})
	}
}

func aProgram(*testing.T, *door.Door) *http.Request { return from("") }

func aPage(*testing.T, *door.Door) *http.Request { return from(his) }

func ourPage(t *testing.T, d *door.Door) *http.Request { return page(session(t, d)) }
