package softcard

import (
	"bytes"
	"context"
)

// Logged is a card that shows what it is asked and what it answers.
type Logged struct {
	Answerer
	log func(command, response []byte)
}

var _ Answerer = (*Logged)(nil)

// WithLog calls log after each command with copies of the command and of the response, nil where there
// was none. Commands may hold a PIN: it is for tests.
func WithLog(card Answerer, log func(command, response []byte)) *Logged {
	return &Logged{Answerer: card, log: log}
}

// Transmit answers a command and logs it.
func (l *Logged) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	response, err := l.Answerer.Transmit(ctx, command)
	l.log(bytes.Clone(command), bytes.Clone(response))
	return response, err
}
