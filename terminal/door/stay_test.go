package door_test

import (
	"testing"

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
		name, origin string
		end          func(*door.Door) error
	}{
		{"the token is another", "", (*door.Door).Rotate},
		{"the origin is denied", his, func(d *door.Door) error { return d.Deny(his) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, _ := opened(t, nil)
			caller, refusal := d.Admit(from(row.origin), reading)
			require.Nil(t, refusal)
			ctx, leave, refusal := d.Stay(t.Context(), caller)
			require.Nil(t, refusal)
			defer leave()
			require.NoError(t, ctx.Err())
			require.NoError(t, row.end(d))
			<-ctx.Done()
		})
	}
}
