package main

import (
	"context"
	"sync"
	"time"
)

const (
	stopTime  = 5 * time.Second         // from the word to the end
	graceTime = 3500 * time.Millisecond // of it, for requests under way: longer than a card may take for a command
)

// wait serves until ctx ends or serving fails, lets the requests under way finish, and gives the readers back.
func (s *daemon) wait(ctx context.Context) (err error) {
	serving := len(s.ports)
	select {
	case err = <-s.ended:
		serving--
	case <-ctx.Done():
	}
	end := time.Now().Add(stopTime)
	s.log.Info("stopping")
	s.tellStopping()
	s.shutdown(context.WithoutCancel(ctx))
	for range serving {
		<-s.ended
	}
	s.stopUntil(end)
	return err
}

// shutdown closes the ports, all at once, and cuts what is under way too long.
func (s *daemon) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, graceTime)
	defer cancel()
	var closing sync.WaitGroup
	for _, p := range s.ports {
		closing.Go(func() {
			if err := p.server.Shutdown(ctx); err != nil {
				s.log.Warn("requests are cut", "port", p.name, "err", err)
				_ = p.server.Close()
			}
		})
	}
	closing.Wait()
}

// stopUntil gives the readers back. What hangs in the PC/SC service by then ends with the process.
func (s *daemon) stopUntil(end time.Time) {
	stopped := make(chan struct{})
	go func() { s.clinic.close(); s.Stop(); s.tape.Tape.Discard(); close(stopped) }()
	select {
	case <-stopped:
		s.log.Info("stopped")
	case <-time.After(time.Until(end)):
		s.log.Warn("a reader hangs, and is left behind")
	}
}
