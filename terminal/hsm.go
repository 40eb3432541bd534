package terminal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// keyRKSSSE opens the holder's data of a third-generation card.
const keyRKSSSE = "RKSSSE"

// Pending is the first step's result: what the back end's HSM must answer, in the form of 人社信息函〔2016〕38号.
type Pending struct {
	Session string
	Request string // 行政区划|卡复位信息|算法标识|卡识别码|内部因子|内部原始|外部因子|外部原始|
}

// errAnswer says that an HSM's answer has not the form "16 hex + 16 hex|16 hex + 16 hex|" with the originals sent.
var errAnswer = errors.New("the HSM's answer does not fit its request")

// proof is a challenge and what answers it.
type proof struct {
	sam.Challenge
	answer [8]byte
}

// pendingRead is a card between the two steps of a reading.
type pendingRead struct {
	opened   *opened
	internal proof  // of the card
	external *proof // of the terminal, for 3.0 cards; its answer is yet to come
	start    time.Time
}

// BeginRead does the card's part of a reading whose keys are in an HSM, and holds the card for [Terminal.FinishRead].
// What the caller had begun on the same reader before is ended. The HSM is told the 识别码: who may not read issuer.card_id cannot begin.
func (t *Terminal) BeginRead(ctx context.Context, req ReadRequest) (Pending, error) {
	return audited(ctx, t, apitype.AuditRead, "read/begin", func(ctx context.Context) (Pending, error) { return t.beginRead(ctx, req) })
}

func (t *Terminal) beginRead(ctx context.Context, req ReadRequest) (Pending, error) {
	start := time.Now()
	t.noteAsked(ctx, req.Fields)
	wish, err := t.wishOf(req)
	if err != nil {
		return Pending{}, err
	}
	if !wish.allowed.has(fieldCardID) { // the request to the HSM tells it
		return Pending{}, fmt.Errorf("%w: %q", errDeniedField, fieldCardID)
	}
	return t.begin(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (any, string, error) {
		p := &pendingRead{start: start}
		request, err := p.begin(ctx, t, lease, wish)
		return p, request, err
	})
}

// begin reads what tells the card, has it answer a challenge with its IRK, and, on a 3.0 card, takes the challenge
// that the terminal is to answer. That one must be the last thing the card hears before the answer.
func (p *pendingRead) begin(ctx context.Context, t *Terminal, lease *reader.Lease, wish wish) (request string, err error) {
	if p.opened, err = t.open(ctx, lease, wish); err != nil {
		return "", err
	}
	s := p.opened.session
	if p.internal.Challenge, err = s.challenges(ctx); err != nil {
		return "", err
	}
	data, err := s.channel.Do(ctx, "INTERNAL AUTHENTICATE", apdu.InternalAuthenticate(p.internal.Factor, p.internal.Original))
	if err != nil {
		return "", err
	}
	if copy(p.internal.answer[:], data) != len(p.internal.answer) {
		return "", fmt.Errorf("INTERNAL AUTHENTICATE: %w: %d bytes", errMalformed, len(data))
	}
	if p.opened.reading.Generation >= 3 {
		p.external = &proof{}
		if p.external.Challenge, err = s.challenges(ctx); err != nil {
			return "", err
		}
	}
	return p.request(), nil
}

// challenges has the card make both halves, the original first: the factor must be its last challenge.
func (s *session) challenges(ctx context.Context) (c sam.Challenge, err error) {
	if c.Original, err = s.challenge(ctx); err != nil {
		return c, err
	}
	c.Factor, err = s.challenge(ctx)
	return c, err
}

func (p *pendingRead) request() string {
	r := p.opened.reading
	fields := []string{
		r.RegionCode, apdu.Hex(r.Historical), algorithmCode(r.Algorithm), p.opened.cardID,
		apdu.Hex(p.internal.Factor[:]), apdu.Hex(p.internal.Original[:]), "", "",
	}
	if p.external != nil {
		fields[6], fields[7] = apdu.Hex(p.external.Factor[:]), apdu.Hex(p.external.Original[:])
	}
	return strings.Join(fields, "|") + "|"
}

// algorithmCode is 算法标识: 01 DES, 02 SSF33, 03 SM4.
func algorithmCode(name string) string {
	for code, n := range algorithms {
		if n == name {
			return fmt.Sprintf("%02X", code)
		}
	}
	return ""
}

// FinishRead takes the HSM's answer, checks the card by it, opens the holder's data with it, and reads on. Whatever
// comes of it, the card is let go. A card that was exchanged between the steps is refused.
func (t *Terminal) FinishRead(ctx context.Context, session, answer string) (*Reading, error) {
	return audited(ctx, t, apitype.AuditRead, "read/finish", func(ctx context.Context) (*Reading, error) {
		return t.finishRead(ctx, session, answer)
	})
}

func (t *Terminal) finishRead(ctx context.Context, session, answer string) (*Reading, error) {
	lease, p, err := resume[*pendingRead](ctx, t, session)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	genuine, err := p.accept(answer)
	if err != nil {
		return nil, err
	}
	reading, err := p.finish(ctx, genuine)
	if err != nil {
		return nil, err
	}
	reading.Reader, reading.Elapsed = lease.Reader(), time.Since(p.start)
	noteReading(ctx, reading)
	return reading, nil
}

// accept takes the answer apart and reports whether it is what the card answered.
func (p *pendingRead) accept(answer string) (genuine bool, err error) {
	parts := strings.Split(strings.TrimSuffix(answer, "|"), "|")
	if len(parts) < 1 || len(parts) > 2 {
		return false, errAnswer
	}
	card, err := parseProof(parts[0], p.internal.Original)
	if err != nil {
		return false, err
	}
	if p.external != nil && len(parts) == 2 && parts[1] != "" {
		if p.external.answer, err = parseProof(parts[1], p.external.Original); err != nil {
			return false, err
		}
	} else {
		p.external = nil
	}
	return card == p.internal.answer, nil
}

// parseProof reads 16 digits of answer and 16 of the original that it is for.
func parseProof(text string, original [8]byte) (answer [8]byte, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(answer)+len(original) || !bytes.Equal(b[len(answer):], original[:]) {
		return answer, errAnswer
	}
	return [8]byte(b), nil
}

// finish proves the terminal to the card first, while its challenge stands, and then sees that it is still the
// same card.
func (p *pendingRead) finish(ctx context.Context, genuine bool) (*Reading, error) {
	o := p.opened
	o.reading.Authenticity = apitype.Authenticity{Method: "irk", Result: "not_genuine"}
	opened := errNotGenuine
	if genuine {
		o.reading.Authenticity.Result = "genuine"
		opened = p.open(ctx)
	}
	if err := o.sameCard(ctx); err != nil {
		return nil, err
	}
	return o.finish(ctx, func(_ context.Context, key string) error {
		if key != keyRKSSSE {
			return sam.ErrAbsent
		}
		return opened
	})
}

// open presents RKSSSE with the HSM's answer.
func (p *pendingRead) open(ctx context.Context) error {
	if p.external == nil {
		return sam.ErrAbsent
	}
	key, known := p.opened.layout.Key(keyRKSSSE)
	if !known || !key.HasID {
		return sam.ErrKey
	}
	return p.opened.session.prove(ctx, key, p.external.answer, p.external.Original)
}

var errCardChanged = errors.New("the card is not the one that was read before")

// sameCard reads the 识别码 again: an exchanged card may be invisible to PC/SC.
func (o *opened) sameCard(ctx context.Context) error {
	for _, r := range o.issuer.file.Records {
		if r.Field != fieldCardID {
			continue
		}
		now, err := o.session.readEach(ctx, o.issuer.file, []profile.Record{r})
		if err != nil {
			return err
		}
		if !bytes.Equal(now[r.Tag], o.issuer.got[r.Tag]) {
			return errCardChanged
		}
	}
	return nil
}
