package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"sscard/cmd/internal/doctor"
	"sscard/terminal/apitype"
)

// How long the doctor may take within the daemon: an answer over HTTP does not wait without end.
const (
	clinicTime  = 45 * time.Second
	clinicCheck = 5 * time.Second
)

// clinic has the doctor look at the daemon's machine from within, one examination at a time. Who asks meanwhile gets what
// comes of the one under way.
type clinic struct {
	environment func() doctor.Environment // as it is now

	mu      sync.Mutex
	until   context.Context // ends with the daemon
	end     context.CancelFunc
	current *examination // nil: none is under way
	latest  *examination // under way or over; nil: there was none

	running sync.WaitGroup
}

// examination is one that is under way until done is closed.
type examination struct {
	done   chan struct{}
	report apitype.DoctorReport

	checks   int // that are done; this and the next under the lock of the clinic
	findings []apitype.Finding
}

var errClosed = errors.New("the daemon stops")

func newClinic(environment func() doctor.Environment) *clinic {
	c := &clinic{environment: environment}
	c.until, c.end = context.WithCancel(context.Background())
	return c
}

// Examine gives the report when there is one. The examination goes on where ctx ends: others may wait for it.
func (c *clinic) Examine(ctx context.Context) (apitype.DoctorReport, error) {
	e := c.begin()
	if e == nil {
		return apitype.DoctorReport{}, errClosed
	}
	select {
	case <-e.done:
		return e.report, nil
	case <-ctx.Done():
		return apitype.DoctorReport{}, ctx.Err()
	}
}

// begin gives the examination under way, or else a new one; none once the clinic is closed.
func (c *clinic) begin() *examination {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil || c.until.Err() != nil {
		return c.current
	}
	e := &examination{done: make(chan struct{})}
	c.current, c.latest = e, e
	c.running.Go(func() {
		ctx, cancel := context.WithTimeout(c.until, clinicTime)
		defer cancel()
		environment := c.environment()
		environment.Progress = func(done int, found []apitype.Finding) { c.note(e, done, found) }
		e.report = doctor.Examine(ctx, environment).DoctorReport
		c.mu.Lock()
		c.current = nil
		c.mu.Unlock()
		close(e.done)
	})
	return e
}

func (c *clinic) note(e *examination, done int, found []apitype.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.checks, e.findings = done, append(e.findings, found...)
}

// Progress is how far the examination under way is, or else the last one.
func (c *clinic) Progress() apitype.DoctorProgress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := apitype.DoctorProgress{Running: c.current != nil, Of: doctor.Checks, Findings: []apitype.Finding{}}
	if c.latest != nil {
		p.Done, p.Findings = c.latest.checks, append(p.Findings, c.latest.findings...)
	}
	return p
}

// close ends the examination under way, and waits for that.
func (c *clinic) close() {
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.running.Wait()
}

// environmentOf is the machine as the doctor looks at it, with the readers of a driver.
func environmentOf(driverName string) doctor.Environment {
	return doctor.Environment{
		Root: "/", Windows: runtime.GOOS == "windows", Socket: socketOf(driverName), User: os.Geteuid(),
		HTTP:    &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, // and no proxy: it is this machine
		Version: version(), Free: freeSpace,
	}
}
