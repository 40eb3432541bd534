package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// statusTime is how often the state is told where nobody waits for it.
const statusTime = 10 * time.Second

// attend keeps who has started the daemon informed until ctx ends, and takes the configuration anew when told to. Who has
// started it is systemd (sd_notify(3)); elsewhere nobody listens.
//
// The watchdog is fed only while the daemon can say how it is, which takes every lock that an operation takes, and the watch
// of the readers goes on. That the PC/SC service is not there, or hangs, is no reason: another process would not find it either.
func (s *daemon) attend(ctx context.Context, hangups <-chan os.Signal) {
	limit, _ := systemd.SdWatchdogEnabled(false)
	pulse := time.NewTicker(pulseOf(limit))
	defer pulse.Stop()
	s.tell(systemd.SdNotifyReady, s.status())
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			s.tell(systemd.SdNotifyReloading, strings.TrimSpace(systemd.SdNotifyMonotonicUsec()), "STATUS=reading the configuration")
			_, _ = s.reload() // which has told
			s.tell(systemd.SdNotifyReady, s.status())
		case <-pulse.C:
			status := s.status()
			if limit > 0 && time.Since(s.Pool.Heard()) > limit {
				s.log.Error("the watch of the readers is stuck: the watchdog is not fed", "heard", s.Pool.Heard())
				s.tell(status)
				continue
			}
			s.tell(systemd.SdNotifyWatchdog, status)
		}
	}
}

// tellStopping says that the end has begun.
func (s *daemon) tellStopping() { s.tell(systemd.SdNotifyStopping, "STATUS=stopping") }

// pulseOf is how often a watchdog with this limit is fed; 0: there is none.
func pulseOf(limit time.Duration) time.Duration {
	if limit == 0 {
		return statusTime
	}
	return limit / 3
}

// tell tells systemd.
func (s *daemon) tell(state ...string) {
	if _, err := systemd.SdNotify(false, strings.Join(state, "\n")); err != nil {
		s.log.Warn("systemd cannot be told", "err", err)
	}
}

// status is how the daemon is, in a line.
func (s *daemon) status() string {
	h := s.ports[0].server.Health()
	line := fmt.Sprintf("STATUS=%s: %d readers, %d cards", h.Status, h.Readers, h.Cards)
	for _, p := range h.Problems {
		line += "; " + p.Title.In("en")
	}
	return line
}
