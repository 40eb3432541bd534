package reader

import (
	"context"
	"sync"
)

// queue lets one holder in at a time, in the order of asking, and refuses more than limit waiters. While the holder
// hangs it refuses everybody, those in line too: they would wait for nothing.
type queue struct {
	mu      sync.Mutex
	held    bool
	waiting []chan error // each gets nil when its turn has come, or why it will not
	hang    *Hang        // the holder does not come back; nil: it is well
	limit   int
}

func newQueue(limit int) *queue { return &queue{limit: limit} }

// join takes a place at the end of the line, for wait.
func (q *queue) join() (turn chan error, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	turn = make(chan error, 1)
	switch {
	case q.hang != nil:
		return nil, q.hang.Err
	case !q.held:
		q.held = true
		turn <- nil
	case len(q.waiting) == q.limit:
		return nil, ErrBusy
	default:
		q.waiting = append(q.waiting, turn)
	}
	return turn, nil
}

// wait returns when the turn has come. It fails with [ErrBusy] where ctx ends first.
func (q *queue) wait(ctx context.Context, turn chan error) error {
	select {
	case err := <-turn:
		if err == nil && ctx.Err() != nil {
			q.leave()
			return ErrBusy
		}
		return err
	case <-ctx.Done():
		q.abandon(turn)
		return ErrBusy
	}
}

// abandon takes turn out of the line; where it has come meanwhile, it is passed on.
func (q *queue) abandon(turn chan error) {
	q.mu.Lock()
	for i, w := range q.waiting {
		if w == turn {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.mu.Unlock()
			return
		}
	}
	q.mu.Unlock()
	if <-turn == nil {
		q.leave()
	}
}

// enterIdle takes a turn that nobody has and nobody waits for, or fails with [ErrBusy].
func (q *queue) enterIdle() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held {
		return ErrBusy
	}
	q.held = true
	return nil
}

// refuse says that the holder hangs, and turns everybody away until it leaves.
func (q *queue) refuse(hang Hang) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hang = &hang
	for _, turn := range q.waiting {
		turn <- hang.Err
	}
	q.waiting = nil
}

// leave ends the holder's turn.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hang = nil
	if len(q.waiting) == 0 {
		q.held = false
		return
	}
	q.waiting[0] <- nil
	q.waiting = q.waiting[1:]
}

// look tells how the line stands.
func (q *queue) look() (state State, waiting int, hang *Hang) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.hang != nil:
		state = StateHung
	case q.held:
		state = StateBusy
	default:
		state = StateOK
	}
	return state, len(q.waiting), q.hang
}
