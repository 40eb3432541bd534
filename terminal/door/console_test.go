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

const own = "http://" + here

// code is a new one, for the usual time.
func code(t *testing.T, d *door.Door) string {
	t.Helper()
	code, expires, refusal := d.NewCode(door.Caller{}, door.CodeTime)
	require.Nil(t, refusal)
	require.WithinRange(t, expires, time.Now().Add(door.CodeTime-time.Second), time.Now().Add(door.CodeTime))
	return code
}

// session is a new one of our page.
func session(t *testing.T, d *door.Door) string {
	t.Helper()
	session, _, refusal := d.OpenSession(code(t, d))
	require.Nil(t, refusal)
	return session
}

// page is a request of our own page that shows a secret.
func page(secret string) *http.Request {
	r := from(own)
	r.Header.Set("Authorization", "Bearer "+secret)
	return r
}

// requireRefused requires that the request is refused so.
func requireRefused(t *testing.T, code apitype.Code, d *door.Door, r *http.Request, access door.Access) {
	t.Helper()
	_, refusal := d.Admit(r, door.Ask{Port: 17420, Access: access})
	require.NotNil(t, refusal)
	require.Equal(t, code, refusal.Code)
}

func TestSession(t *testing.T) {
	d, _ := opened(t, nil)
	secret := session(t, d)
	c, refusal := d.Admit(page(secret), reading)
	require.Nil(t, refusal)
	require.True(t, c.Token)
	require.True(t, c.Console())
	require.Empty(t, c.Origin)
	require.Nil(t, c.Fields)

	c, refusal = d.Admit(page(token), reading)
	require.Nil(t, refusal)
	require.False(t, c.Console(), "the page with the token itself")
}

func TestCodes(t *testing.T) {
	for _, row := range []struct {
		name string
		code func(t *testing.T, d *door.Door) string
		good bool
	}{
		{"new", code, true},
		{"at the last moment", func(t *testing.T, d *door.Door) string {
			code := code(t, d)
			time.Sleep(2*time.Minute - time.Nanosecond)
			return code
		}, true},
		{"expired", func(t *testing.T, d *door.Door) string {
			code := code(t, d)
			time.Sleep(2 * time.Minute)
			return code
		}, false},
		{"used", func(t *testing.T, d *door.Door) string {
			code := code(t, d)
			_, _, refusal := d.OpenSession(code)
			require.Nil(t, refusal)
			return code
		}, false},
		{"wrong", func(t *testing.T, d *door.Door) string { return code(t, d)[1:] + "A" }, false},
		{"cut short", func(t *testing.T, d *door.Door) string { return code(t, d)[1:] }, false},
		{"empty", func(*testing.T, *door.Door) string { return "" }, false},
		{"the token", func(*testing.T, *door.Door) string { return token }, false},
		{"a session", session, false},
		{"the eighth from the end", func(t *testing.T, d *door.Door) string {
			first := code(t, d)
			for range 7 {
				code(t, d)
			}
			return first
		}, true},
		{"the ninth from the end", func(t *testing.T, d *door.Door) string {
			first := code(t, d)
			for range 8 {
				code(t, d)
			}
			return first
		}, false},
		{"of before the token was rotated", func(t *testing.T, d *door.Door) string {
			code := code(t, d)
			require.NoError(t, d.Rotate())
			return code
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				secret, expires, refusal := d.OpenSession(row.code(t, d))
				if !row.good {
					require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
					require.EqualValues(t, 1, d.Counts().Refused[apitype.RequestUnauthorized])
					require.Empty(t, secret)
					return
				}
				require.Nil(t, refusal)
				require.WithinRange(t, expires, time.Now().Add(12*time.Hour-time.Second), time.Now().Add(12*time.Hour))
				_, refusal = d.Admit(page(secret), reading)
				require.Nil(t, refusal)
			})
		})
	}
}

// Expired codes do not crowd out what is good.
func TestExpiredCodesMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, nil)
		lasting, _, refusal := d.NewCode(door.Caller{}, 24*time.Hour)
		require.Nil(t, refusal)
		for range 3 {
			for range 7 {
				code(t, d)
			}
			time.Sleep(door.CodeTime)
		}
		_, _, refusal = d.OpenSession(lasting)
		require.Nil(t, refusal)
	})
}

// Codes are not tried without end; but the right one is let in however many wrong ones there were.
func TestCodesTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, nil)
		right := code(t, d)
		codes := make(map[apitype.Code]int)
		for range 1000 {
			_, _, refusal := d.OpenSession("wrong")
			codes[refusal.Code]++
		}
		require.Equal(t, map[apitype.Code]int{apitype.RequestUnauthorized: 150, apitype.RequestRateLimited: 850}, codes)
		_, _, refusal := d.OpenSession(right)
		require.Nil(t, refusal)
	})
}

// One program that has the token asks for a code after that token was rotated: its request had come in before.
func TestNoCodeForAnOldToken(t *testing.T) {
	d, _ := opened(t, nil)
	c, refusal := d.Admit(from(""), door.Ask{Port: 17420, Access: door.TokenItself})
	require.Nil(t, refusal)
	require.NoError(t, d.Rotate())
	_, _, refusal = d.NewCode(c, door.CodeTime)
	require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
}

func TestWhoMay(t *testing.T) {
	fetch := func(site ...string) func(secret string) *http.Request {
		return func(secret string) *http.Request {
			r := page(secret)
			r.Header.Del("Origin")
			r.Header["Sec-Fetch-Site"] = site
			return r
		}
	}
	origin := func(origins ...string) func(secret string) *http.Request {
		return func(secret string) *http.Request {
			r := page(secret)
			r.Header["Origin"] = origins
			return r
		}
	}
	const (
		in           apitype.Code = ""
		unauthorized              = apitype.RequestUnauthorized
		badOrigin                 = apitype.RequestOriginDenied
	)
	for _, row := range []struct {
		name    string
		request func(secret string) *http.Request
		access  door.Access
		token   apitype.Code // with the token
		session apitype.Code // with a session
	}{
		{"our page", page, door.Callers, in, in},
		{"our page, for the token", page, door.TokenOnly, in, in},
		{"our page, for the token itself", page, door.TokenItself, in, unauthorized},
		{"our page, for itself", page, door.OwnPage, in, in},
		{"our page reads", fetch("same-origin"), door.TokenOnly, in, in},
		{"our page reads, for itself", fetch("same-origin"), door.OwnPage, badOrigin, badOrigin},
		{"a program", fetch(), door.Callers, in, unauthorized},
		{"a program, for the token", fetch(), door.TokenOnly, in, unauthorized},
		{"a program, for the token itself", fetch(), door.TokenItself, in, unauthorized},
		{"a program, for our page", fetch(), door.OwnPage, badOrigin, badOrigin},
		{"another page of this machine", fetch("same-site"), door.TokenOnly, in, unauthorized},
		{"a page of elsewhere, without Origin", fetch("cross-site"), door.TokenOnly, in, unauthorized},
		{"the person in the browser", fetch("none"), door.TokenOnly, in, unauthorized},
		{"two sites", fetch("same-origin", "same-origin"), door.TokenOnly, in, unauthorized},
		{"an allowed origin, for the token", origin(his), door.TokenOnly, badOrigin, badOrigin},
		{"an allowed origin, for the token itself", origin(his), door.TokenItself, badOrigin, badOrigin},
		{"an allowed origin, for our page", origin(his), door.OwnPage, badOrigin, badOrigin},
		{"an allowed origin, for callers", origin(his), door.Callers, in, in}, // as itself: see below
		{"an evil origin", origin(evil), door.Callers, badOrigin, badOrigin},
		{"an evil origin, for our page", origin(evil), door.OwnPage, badOrigin, badOrigin},
		{"our page by another name", origin("http://localhost:17420"), door.OwnPage, badOrigin, badOrigin},
		{"our page and another", origin(own, evil), door.OwnPage, badOrigin, badOrigin},
		{"our page twice", origin(own, own), door.TokenOnly, badOrigin, badOrigin},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, _ := opened(t, nil)
			for secret, want := range map[string]apitype.Code{token: row.token, session(t, d): row.session} {
				for _, offered := range []bool{false, true} {
					r := row.request(secret)
					if offered {
						offer(r, "sscard", "sscard.bearer."+secret)
					}
					c, refusal := d.Admit(r, door.Ask{Port: 17420, Access: row.access})
					if want != in {
						require.NotNil(t, refusal)
						require.Equal(t, want, refusal.Code)
						continue
					}
					require.Nil(t, refusal)
					require.Equal(t, secret != token && c.Origin == "", c.Console())
					require.NotEqual(t, c.Token, c.Origin != "", "a page of another origin is only that")
				}
			}
		})
	}
}

// A session ends when its time is over, when it is ended, when the token is rotated, and when there are too many; its sockets end with it, and
// no others do.
func TestSessionsEnd(t *testing.T) {
	for _, row := range []struct {
		name   string
		end    func(t *testing.T, d *door.Door, c door.Caller)
		others bool // end too
	}{
		{"expired", func(*testing.T, *door.Door, door.Caller) { time.Sleep(12*time.Hour - time.Minute) }, false},
		{"ended by itself", func(t *testing.T, d *door.Door, c door.Caller) { require.Nil(t, d.EndSession(c)) }, false},
		{"the ninth came", func(t *testing.T, d *door.Door, _ door.Caller) {
			for range 7 {
				session(t, d)
			}
		}, false},
		{"the token rotated", func(t *testing.T, d *door.Door, _ door.Caller) { require.NoError(t, d.Rotate()) }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				first := session(t, d)
				time.Sleep(time.Minute)
				other := session(t, d)
				open := make(map[string]*door.Caller)
				ended := make(map[string]<-chan struct{})
				for _, secret := range []string{first, other} {
					r := page(secret)
					r.Header.Set("Upgrade", "websocket")
					c, refusal := d.Admit(r, reading)
					require.Nil(t, refusal)
					ctx, leave, refusal := d.Enter(r, c)
					require.Nil(t, refusal)
					defer leave()
					open[secret], ended[secret] = &c, ctx.Done()
				}
				row.end(t, d, *open[first])
				synctest.Wait()
				for secret, over := range map[string]bool{first: true, other: row.others} {
					select {
					case <-ended[secret]:
						require.True(t, over)
					default:
						require.False(t, over)
					}
					refusal := d.Message(t.Context(), *open[secret])
					require.Equal(t, over, refusal != nil)
					_, refusal = d.Admit(page(secret), reading)
					require.Equal(t, over, refusal != nil)
				}
			})
		})
	}
}

func TestNoSessionToEnd(t *testing.T) {
	d, _ := opened(t, nil)
	c, refusal := d.Admit(from(""), reading)
	require.Nil(t, refusal)
	require.Equal(t, apitype.RequestUnauthorized, d.EndSession(c).Code)
}

// A socket whose token was rotated between its admission and its entry does not stay.
func TestEnteredTooLate(t *testing.T) {
	d, _ := opened(t, nil)
	r := socket("")
	c, refusal := d.Admit(r, reading)
	require.Nil(t, refusal)
	require.NoError(t, d.Rotate())
	_, _, refusal = d.Enter(r, c)
	require.Equal(t, apitype.RequestUnauthorized, refusal.Code)
}

// Who is refused at what any origin may ask may read that, where a browser would have sent the origin.
func TestAnyOrigin(t *testing.T) {
	probe := door.Ask{Port: 17420, What: "GET /v1/probe", Access: door.AnyOrigin}
	for _, row := range []struct {
		name, host string
		origins    []string
		code       apitype.Code
		readable   string
	}{
		{"a program", here, nil, "", ""},
		{"our page", here, []string{own}, "", ""},
		{"allowed", here, []string{his}, "", ""},
		{"evil", here, []string{evil}, apitype.RequestOriginDenied, evil},
		{"null", here, []string{"null"}, apitype.RequestOriginDenied, "null"},
		{"a look-alike", here, []string{evil + "/"}, apitype.RequestOriginDenied, ""},
		{"a wildcard", here, []string{"*"}, apitype.RequestOriginDenied, ""},
		{"empty", here, []string{""}, apitype.RequestOriginDenied, ""},
		{"two", here, []string{evil, evil}, apitype.RequestOriginDenied, ""},
		{"another host", "evil.example:17420", []string{evil}, apitype.RequestHostDenied, ""},
		{"another host, allowed", "evil.example:17420", []string{his}, apitype.RequestHostDenied, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := opened(t, nil)
				r := from(here)
				r.Host, r.Header["Origin"] = row.host, row.origins
				_, refusal := d.Admit(r, probe)
				if row.code == "" {
					require.Nil(t, refusal)
					return
				}
				require.Equal(t, row.code, refusal.Code)
				require.Equal(t, row.readable, refusal.Origin)
				remembered := d.Origins().Refused
				require.Equal(t, row.code == apitype.RequestOriginDenied && len(row.origins) == 1, len(remembered) == 1)

				_, refusal = d.Admit(r, reading)
				require.Empty(t, refusal.Origin, "of nothing else")
				for range 150 {
					_, refusal = d.Admit(r, probe)
				}
				require.Equal(t, apitype.RequestRateLimited, refusal.Code)
				require.Equal(t, row.readable, refusal.Origin)
			})
		})
	}
}

// An origin that was refused at the probe is allowed like another.
func TestAllowedAfterProbe(t *testing.T) {
	d, _ := opened(t, nil)
	requireRefused(t, apitype.RequestOriginDenied, d, from(evil), door.AnyOrigin)
	require.NoError(t, d.Allow(config.Origin{Origin: evil}))
	_, refusal := d.Admit(from(evil), door.Ask{Port: 17420, Access: door.AnyOrigin})
	require.Nil(t, refusal)
}
