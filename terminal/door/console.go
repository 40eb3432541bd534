package door

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"sync"
	"time"

	"sscard/terminal/apitype"
)

// Bounds of the console.
const (
	maxCodes    = 8 // that wait to be used
	maxSessions = 8

	// CodeTime is how long the code waits that a program asks for: a browser starts in that time.
	CodeTime = 2 * time.Minute

	// sessionTime is a day at the counter.
	sessionTime = 12 * time.Hour
)

// keys are what opens the door: the token, and the console's codes and sessions, which end with it.
type keys struct {
	token   string
	console console
}

// console lets our own page in without the token: a program that has it asks for a code, starts the browser with that, and the page has a
// session for the code. Of codes and sessions there are few, and the oldest gives way.
type console struct {
	mu       sync.Mutex
	ended    bool
	codes    []secret
	sessions []*session
}

// secret is known to who was told it, until it expires.
type secret struct {
	text    string
	expires time.Time // by the clock on the wall: a machine that sleeps makes it no longer
}

func newSecret(life time.Duration) secret {
	return secret{rand.Text(), time.Now().UTC().Truncate(time.Second).Add(life)}
}

// is takes as long for a text that is nearly right as for another.
func (s secret) is(text string) bool {
	return subtle.ConstantTimeCompare([]byte(s.text), []byte(text)) == 1 && !s.expired()
}

func (s secret) expired() bool { return !time.Now().Before(s.expires) }

// session is one of our page.
type session struct {
	secret
	over context.Context // what it opened ends with it
	end  context.CancelFunc
}

// newCode fails where the token was rotated.
func (c *console) newCode(life time.Duration) (secret, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return secret{}, false
	}
	c.codes = slices.DeleteFunc(c.codes, secret.expired)
	if len(c.codes) == maxCodes {
		c.codes = slices.Delete(c.codes, 0, 1)
	}
	made := newSecret(life)
	c.codes = append(c.codes, made)
	return made, true
}

// newSession uses the code up.
func (c *console) newSession(code string) (*session, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.codes, func(s secret) bool { return s.is(code) })
	if i < 0 {
		return nil, false
	}
	c.codes = slices.Delete(c.codes, i, i+1)
	c.sessions = slices.DeleteFunc(c.sessions, func(s *session) bool { return s.expired() })
	if len(c.sessions) == maxSessions {
		c.sessions[0].end()
		c.sessions = slices.Delete(c.sessions, 0, 1)
	}
	made := &session{secret: newSecret(sessionTime)}
	made.over, made.end = context.WithCancel(context.Background())
	c.sessions = append(c.sessions, made)
	return made, true
}

// find gives the session that the text is the secret of; nil where it is none's.
func (c *console) find(text string) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.sessions, func(s *session) bool { return s.is(text) }); i >= 0 {
		return c.sessions[i]
	}
	return nil
}

// drop ends a session.
func (c *console) drop(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.end()
	c.sessions = slices.DeleteFunc(c.sessions, func(other *session) bool { return other == s })
}

// close ends all of them for good: who was let in by the old token, and asks for a code only now, has none.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		s.end()
	}
	c.ended, c.codes, c.sessions = true, nil, nil
}

// NewCode makes a code for which our page gets a session, once, for a program of this process or one that was let in with the token.
// It fails where that token was rotated meanwhile.
func (d *Door) NewCode(c Caller, life time.Duration) (code string, expires time.Time, refusal *Refusal) {
	by := c.by
	if by == nil {
		by = d.keys.Load()
	}
	made, ok := by.console.newCode(life)
	if !ok {
		return "", time.Time{}, d.turnAway(&Refusal{Code: apitype.RequestUnauthorized})
	}
	return made.text, made.expires, nil
}

// ConsoleURL is the address at which our page takes the code, behind the mark from which on nothing is sent to a server.
func ConsoleURL(origin, code string) string { return origin + "/#code=" + code }

// OpenSession gives our page a session for a code, which is good for nothing from then on. Codes that are none are counted like tokens that
// are none.
func (d *Door) OpenSession(code string) (session string, expires time.Time, refusal *Refusal) {
	made, ok := d.keys.Load().console.newSession(code)
	if !ok {
		return "", time.Time{}, d.turnAway(&Refusal{Code: apitype.RequestUnauthorized, Detail: "the code was used, has expired, or never was"})
	}
	d.log.Info("console session opened", "expires", made.expires)
	return made.text, made.expires, nil
}

// EndSession ends the session that the caller came in with, and its WebSockets.
func (d *Door) EndSession(c Caller) *Refusal {
	if c.session == nil {
		return d.turnAway(&Refusal{Code: apitype.RequestUnauthorized, Detail: "there is no session to end"})
	}
	c.by.console.drop(c.session)
	d.log.Info("console session ended")
	return nil
}
