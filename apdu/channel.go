package apdu

import (
	"context"
	"fmt"
)

// Transmitter is what every card looks like: a reader's lease, a trace being played, a software card.
// Transmit sends one command APDU and gives the response APDU; the command may hold secrets and must
// not be kept. The response belongs to the caller.
type Transmitter interface {
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

// maxGetResponse bounds the GET RESPONSEs that one command may lead to: 64 KiB in pieces of 256 bytes.
const maxGetResponse = MaxExtendedNe / MaxShortNe

// Channel sends commands over a Transmitter in the manners of T=0 (ISO/IEC 7816-3 §12.2.1): 61xx is followed
// by GET RESPONSE, 6Cxx by one repetition with the length the card names. Both are bounded, so that
// a bad card cannot own its caller.
type Channel struct {
	card      Transmitter
	exchanges int
}

// NewChannel returns a channel to the card.
func NewChannel(card Transmitter) *Channel { return &Channel{card: card} }

// Exchanges is the number of command-response pairs so far, GET RESPONSE and repetitions included.
func (ch *Channel) Exchanges() int { return ch.exchanges }

// Send sends cmd and returns the whole answer, whatever its status word. An answer that would never end
// gives an error that matches [ErrProtocol].
func (ch *Channel) Send(ctx context.Context, cmd Command) (Response, error) {
	var data []byte
	next := cmd
	for n := range 1 + maxGetResponse {
		resp, err := ch.exchangeCorrected(ctx, next)
		if err != nil {
			return Response{}, err
		}
		data = append(data, resp.Data...)
		waiting, more := resp.SW.More()
		if !more {
			return Response{Data: data, SW: resp.SW}, nil
		}
		if n > 0 && len(resp.Data) == 0 {
			break // promised bytes, gave none: it will not end
		}
		next = GetResponse(waiting)
	}
	return Response{}, fmt.Errorf("%s: %w: GET RESPONSE without end", cmd, ErrProtocol)
}

// Do sends cmd and returns the data of an answer with status 9000; any other word becomes a
// [StatusError] told as label.
func (ch *Channel) Do(ctx context.Context, label string, cmd Command) ([]byte, error) {
	resp, err := ch.Send(ctx, cmd)
	if err != nil {
		return nil, err
	}
	if !resp.SW.OK() {
		return nil, &StatusError{Command: label, SW: resp.SW}
	}
	return resp.Data, nil
}

// exchangeCorrected repeats once only: a card that answers 6Cxx to the length it named itself has its say returned.
func (ch *Channel) exchangeCorrected(ctx context.Context, cmd Command) (Response, error) {
	resp, err := ch.exchange(ctx, cmd)
	if err != nil {
		return Response{}, err
	}
	if n, wrong := resp.SW.Correct(); wrong {
		cmd.Ne = n
		return ch.exchange(ctx, cmd)
	}
	return resp, nil
}

func (ch *Channel) exchange(ctx context.Context, cmd Command) (Response, error) {
	raw, err := cmd.Bytes()
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", cmd, err)
	}
	ch.exchanges++
	answer, err := ch.card.Transmit(ctx, raw)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", cmd, err)
	}
	resp, err := ParseResponse(answer)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w", cmd, err)
	}
	return resp, nil
}
