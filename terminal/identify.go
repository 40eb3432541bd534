package terminal

import (
	"context"

	"sscard/reader"
)

// Identify tells the generation of the card in the reader with this id: it selects the card's application and reads
// its version, two or three exchanges, and leaves the card as a read would. It is for who can do without: where anybody
// uses the reader, or waits for it, it fails at once with reader.busy.
func (t *Terminal) Identify(ctx context.Context, readerID string) (generation int, err error) {
	lease, err := t.pool.AcquireIdle(ctx, readerID)
	if err != nil {
		return 0, wrap("identify", err)
	}
	defer lease.Release()
	version, err := t.wishOf(ReadRequest{Fields: []string{fieldSpecVersion}})
	if err != nil {
		return 0, wrap("identify", err)
	}
	o, err := t.open(ctx, lease, version)
	if err != nil {
		return 0, wrap("identify", err)
	}
	return o.reading.Generation, nil
}

// tellIdentified passes on what card was opened, where it is in a reader.
func (t *Terminal) tellIdentified(card Card, generation int) {
	if lease, in := card.(*reader.Lease); in && t.identified != nil {
		t.identified(lease.Reader(), generation)
	}
}
