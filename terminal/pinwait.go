package terminal

import (
	"context"
	"sync"
	"time"

	"sscard/reader"
)

// attend gives a ctx for waiting for the holder: it ends with ctx, and when the card is lost. Until stop is called the
// card is touched, as between two steps. Stop tells how the card was lost, or nil.
func attend(ctx context.Context, lease *reader.Lease) (there context.Context, stop func() error) {
	in, leave := lease.WhileIn(ctx)
	there, end := context.WithCancelCause(in)
	var touching sync.WaitGroup
	touching.Go(func() {
		touch := time.NewTicker(stepTouch)
		defer touch.Stop()
		for {
			select {
			case <-there.Done():
				return
			case <-touch.C:
				// Not under there: a PIN that comes in the middle of it must not have it abandoned.
				if err := lease.Touch(context.WithoutCancel(ctx)); err != nil {
					end(err)
					return
				}
			}
		}
	})
	return there, func() error {
		lost := context.Cause(there)
		end(nil)
		touching.Wait()
		leave()
		if ctx.Err() != nil { // the caller's end has a story of its own
			return nil
		}
		return lost
	}
}
