package terminal

import (
	"context"
	"errors"

	"sscard/apdu"
	"sscard/reader"
)

// firstStep does the card's part of a first step, and gives what the second needs and what the back end is to answer.
type firstStep func(lease *reader.Lease) (next any, request string, err error)

// begin runs a first step on the card and holds the card for the second. What the caller had begun on the same reader
// before, and in the same way, is ended.
func (t *Terminal) begin(ctx context.Context, id string, is reader.Interface, first firstStep) (Pending, error) {
	r, err := t.pick(Anew(ctx), id, is)
	if err != nil {
		return Pending{}, err
	}
	lease, err := t.pool.Acquire(ctx, r.ID)
	if err != nil {
		return Pending{}, err
	}
	next, request, err := first(lease)
	if err != nil {
		lease.Release()
		return Pending{}, err
	}
	return Pending{Session: t.steps.hold(ctx, lease, next), Request: request}, nil
}

// resume takes a session to its second step, which must release the card. A session that was begun for another use
// is ended too; one that another caller began is none.
func resume[T any](ctx context.Context, t *Terminal, session string) (lease *reader.Lease, next T, err error) {
	h, err := t.steps.takeFor(CallerOf(ctx).Name(), session)
	if err != nil {
		return nil, next, err
	}
	next, fits := h.next.(T)
	if !fits {
		h.letGo()
		return nil, next, errSessionUnknown
	}
	h.entry.goOn(ctx)
	return h.lease, next, nil
}

// orChanged is why the card refused the back end's answer: an exchange that PC/SC did not see, or else err. The card
// that takes the answer is the one that was held: none but it has given the challenge and has its own key to check by.
func (o *opened) orChanged(ctx context.Context, err error) error {
	var status *apdu.StatusError
	if !errors.As(err, &status) {
		return err
	}
	app, _ := o.layout.Application(applicationSSSE)
	if _, fails := o.session.selectApplication(ctx, app); fails != nil {
		return err
	}
	if changed := o.sameCard(ctx); errors.Is(changed, errCardChanged) {
		return changed
	}
	return err
}

type anewKey struct{}

// Anew marks what the caller begins anew: what he holds between two steps, on the same reader and begun in the same way, is ended
// first. He would wait for himself.
func Anew(ctx context.Context) context.Context {
	return context.WithValue(ctx, anewKey{}, true)
}

// pick finds the reader, as reader.Snapshot.Pick does.
func (t *Terminal) pick(ctx context.Context, id string, is reader.Interface) (reader.Reader, error) {
	r, err := t.pool.Snapshot().Pick(id, is)
	if err != nil {
		return r, err
	}
	noteReader(ctx, r)
	if ctx.Value(anewKey{}) != nil {
		t.steps.end(ownerOf(ctx, r.ID))
	}
	return r, nil
}
