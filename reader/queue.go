package reader

import (
	"context"
	"sync"
)

// queue lets one holder in at a time, in the order of asking, and refuses more than limit waiters.
type queue struct {
	mu      sync.Mutex
	held    bool
	waiting []chan struct{}
	limit   int
}

func newQueue(limit int) *queue { return &queue{limit: limit} }

// enter waits for its turn. It fails with [ErrBusy] where the queue is full or ctx ends first.
func (q *queue) enter(ctx context.Context) error {
	q.mu.Lock()
	if !q.held {
		q.held = true
		q.mu.Unlock()
		return nil
	}
	if len(q.waiting) == q.limit {
		q.mu.Unlock()
		return ErrBusy
	}
	turn := make(chan struct{})
	q.waiting = append(q.waiting, turn)
	q.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		q.abandon(turn)
		return ErrBusy
	}
}

// enterIdle takes a turn that nobody has and nobody waits for, or fails with [ErrBusy].
func (q *queue) enterIdle(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held {
		return ErrBusy
	}
	q.held = true
	return nil
}

// abandon takes turn out of the line; where it has come meanwhile, it is passed on.
func (q *queue) abandon(turn chan struct{}) {
	q.mu.Lock()
	for i, w := range q.waiting {
		if w == turn {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			q.mu.Unlock()
			return
		}
	}
	q.mu.Unlock()
	q.leave()
}

// leave ends the holder's turn.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.held = false
		return
	}
	close(q.waiting[0])
	q.waiting = q.waiting[1:]
}
