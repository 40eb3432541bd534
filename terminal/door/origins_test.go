package door_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
)

func admits(d *door.Door, origin string) bool {
	_, refusal := d.Admit(from(origin), reading)
	return refusal == nil
}

func TestAllowAndDeny(t *testing.T) {
	d, k := opened(t, nil)
	require.False(t, admits(d, evil))
	require.NoError(t, d.Allow(config.Origin{Origin: evil, Fields: []string{}}))
	require.True(t, admits(d, evil))
	require.Equal(t, []config.Origin{{Origin: his}, {Origin: evil, Fields: []string{}}}, k.kept)
	require.Equal(t, apitype.Origins{
		Allowed: []apitype.AllowedOrigin{
			{Origin: evil, Fields: apitype.FieldList{}, Source: "state"},
			{Origin: hall, Fields: apitype.FieldList{"holder.name"}, Source: "config"},
			{Origin: his, Source: "state"},
		},
		Refused: []apitype.RefusedOrigin{}, // it is allowed now
	}, d.Origins())

	require.NoError(t, d.Allow(config.Origin{Origin: evil}), "again, with all fields")
	c, refusal := d.Admit(from(evil), reading)
	require.Nil(t, refusal)
	require.Nil(t, c.Fields)

	require.NoError(t, d.Deny(evil))
	require.False(t, admits(d, evil))
	require.Equal(t, []config.Origin{{Origin: his}}, k.kept)
	require.True(t, admits(d, his))
}

func TestNotAllowed(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*door.Door) error
		err    error
	}{
		{"a look-alike", func(d *door.Door) error { return d.Allow(config.Origin{Origin: evil + "/"}) }, config.ErrInvalid},
		{"null", func(d *door.Door) error { return d.Allow(config.Origin{Origin: "null"}) }, config.ErrInvalid},
		{"a wildcard", func(d *door.Door) error { return d.Allow(config.Origin{Origin: "https://*.example"}) }, config.ErrInvalid},
		{"one of the configuration, with more fields", func(d *door.Door) error { return d.Allow(config.Origin{Origin: hall}) }, door.ErrConfigured},
		{"to deny one of the configuration", func(d *door.Door) error { return d.Deny(hall) }, door.ErrConfigured},
		{"to deny what is not allowed", func(d *door.Door) error { return d.Deny(evil) }, door.ErrUnknown},
		{"to deny nothing", func(d *door.Door) error { return d.Deny("") }, door.ErrUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, k := opened(t, nil)
			before := d.Origins()
			require.ErrorIs(t, row.change(d), row.err)
			require.Equal(t, before, d.Origins())
			require.Empty(t, k.kept)
		})
	}
}

// What cannot be written down does not hold either: after a restart it would be otherwise.
func TestDiskFull(t *testing.T) {
	d, k := opened(t, nil)
	k.full = true
	require.ErrorIs(t, d.Allow(config.Origin{Origin: evil}), errFull)
	require.ErrorIs(t, d.Deny(his), errFull)
	require.ErrorIs(t, d.Rotate(), errFull)
	require.False(t, admits(d, evil))
	require.True(t, admits(d, his))
	require.True(t, admits(d, ""), "the token is the old one")
}

func TestNoKeeper(t *testing.T) {
	d, _ := opened(t, func(cfg *door.Config) { cfg.Keeper = nil })
	require.Error(t, d.Allow(config.Origin{Origin: evil}))
	require.Error(t, d.Rotate())
}

func TestReload(t *testing.T) {
	d, _ := opened(t, nil)
	d.Reload([]config.Origin{{Origin: evil}}, config.Limits{})
	require.True(t, admits(d, evil))
	require.True(t, admits(d, his), "what was kept stays")
	require.False(t, admits(d, hall))
}

func TestRotate(t *testing.T) {
	d, k := opened(t, nil)
	require.NoError(t, d.Rotate())
	_, refusal := d.Admit(from(""), reading)
	require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
	r := from("")
	r.Header.Set("Authorization", "Bearer new")
	_, refusal = d.Admit(r, reading)
	require.Nil(t, refusal)
	require.Equal(t, 1, k.tokens)
}

// Without a token of its own the door takes none, not even an empty one.
func TestNoToken(t *testing.T) {
	d, _ := opened(t, func(cfg *door.Config) { cfg.Token = "" })
	r := from("")
	r.Header.Set("Authorization", "Bearer ")
	_, refusal := d.Admit(r, reading)
	require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
}

func TestRefusedOrigins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, nil)
		start := time.Now().UTC()
		admits(d, evil)
		time.Sleep(time.Minute)
		admits(d, "null")
		time.Sleep(time.Minute)
		_, _ = d.Admit(from(evil), door.Ask{Port: 17420, What: "GET /v1/readers"})
		require.Equal(t, []apitype.RefusedOrigin{
			{Origin: evil, Count: 2, First: start, Last: start.Add(2 * time.Minute), Asked: "GET /v1/readers", Command: "sscard origin allow 'https://evil.example'"},
			{Origin: "null", Count: 1, First: start.Add(time.Minute), Last: start.Add(time.Minute), Asked: "POST /v1/read"},
		}, d.Origins().Refused)
	})
}

// What is remembered of origins that nobody knows is bounded, in number and in length, and the latest stay.
func TestRefusedOriginsBounded(t *testing.T) {
	d, _ := opened(t, nil)
	for i := range 1000 {
		admits(d, fmt.Sprintf("https://a%d.example", i))
	}
	list := d.Origins().Refused
	require.Len(t, list, 64)
	require.Equal(t, "https://a999.example", list[0].Origin)
	require.Equal(t, "https://a936.example", list[63].Origin)

	long := "https://" + strings.Repeat("a", 10_000) + ".example"
	admits(d, long)
	entry := d.Origins().Refused[0]
	require.Len(t, entry.Origin, 300+len("…"))
	require.Empty(t, entry.Command)
	require.ErrorIs(t, d.Allow(config.Origin{Origin: entry.Origin}), config.ErrInvalid)
}

// An origin that is refused for another reason than the list is not told of as one that could be allowed.
func TestNotRemembered(t *testing.T) {
	d, _ := opened(t, nil)
	twice := from(hall)
	twice.Header.Add("Origin", evil)
	_, refusal := d.Admit(twice, reading)
	require.Equal(t, apitype.RequestOriginDenied, refusal.Code)
	_, refusal = d.Admit(from(hall), door.Ask{Port: 17420, Access: door.TokenOnly})
	require.Equal(t, apitype.RequestOriginDenied, refusal.Code)
	elsewhere := from(evil)
	elsewhere.Host = "evil.example:17420"
	_, refusal = d.Admit(elsewhere, reading)
	require.Equal(t, apitype.RequestHostDenied, refusal.Code)
	require.Empty(t, d.Origins().Refused)
}

func TestShorten(t *testing.T) {
	for _, row := range []struct{ name, origin, short string }{
		{"an origin", hall, hall},
		{"nothing", "", ""},
		{"no text", "https://\xff.example", "https://\uFFFD.example"},
		{"turns the direction of writing", "https://e\u202Eliv\u2066.example", "https://e\uFFFDliv\uFFFD.example"},
		{"control characters", "https://e\tvil\x1B[2K.example\u0085", "https://e\uFFFDvil\uFFFD[2K.example\uFFFD"},
		{"other letters", "https://医院.example", "https://医院.example"},
		{"cut within a character", strings.Repeat("a", 299) + "医院", strings.Repeat("a", 299) + "\uFFFD…"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.short, door.Shorten(row.origin))
		})
	}
}
