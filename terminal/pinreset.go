package terminal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/sam"
)

// Keys of the PIN: PUK opens its reset, STKSSSE protects the command.
const (
	keyPUK     = "PUK"
	keySTKSSSE = "STKSSSE"
)

// Reset is what is done to a PIN by the issuer's keys.
type Reset int

// Unblock gives a blocked PIN its tries back; Reload sets a new PIN.
const (
	Unblock Reset = iota
	Reload
)

// ResetPIN unblocks the PIN, or sets a new one that the holder enters twice, with the keys of a PSAM.
func (t *Terminal) ResetPIN(ctx context.Context, reset Reset, req PINRequest) error {
	_, err := audited(ctx, t, apitype.AuditPIN, "reset PIN", func(ctx context.Context) (none struct{}, err error) {
		return none, t.resetPIN(ctx, reset, req)
	})
	return err
}

func (t *Terminal) resetPIN(ctx context.Context, reset Reset, req PINRequest) error {
	return t.withCardOnce(ctx, req.Reader, req.Interface, func(lease *reader.Lease) error {
		o, auth, err := t.openFor(ctx, lease, req.Card)
		if err != nil {
			return err
		}
		if auth.answerer == nil {
			return errNoKeys
		}
		stk, err := auth.key(keySTKSSSE)
		if err != nil {
			return err
		}
		command, err := resetCommand(ctx, lease, reset, req.Entry)
		if err != nil {
			return err
		}
		defer clear(command.Data)
		if err := auth.present(ctx, keyPUK); err != nil {
			return err
		}
		random, err := o.session.challenge(ctx)
		if err != nil {
			return err
		}
		key := sam.Key{Name: stk.Name, Usage: stk.Usage, ID: stk.PSAM}
		secured, err := auth.answerer.Secured(ctx, auth.card, key, random, command)
		if err != nil {
			return err
		}
		_, err = o.session.channel.Do(ctx, "PIN CHANGE/UNBLOCK", secured)
		return err
	})
}

// resetCommand is the command before it is secured; a new PIN is in it in the clear.
func resetCommand(ctx context.Context, lease *reader.Lease, reset Reset, entry PINEntry) (apdu.Command, error) {
	if reset == Unblock {
		return apdu.UnblockPIN(), nil
	}
	pin, err := enterNew(ctx, lease, entry)
	if err != nil {
		return apdu.Command{}, err
	}
	defer pin.Clear()
	return apdu.ReloadPIN(pin.coded()), nil
}

// pendingReset is a card before its PUK is presented; pendingSecured one that waits for the command with its MAC.
type (
	pendingReset struct {
		opened    *opened
		reset     Reset
		challenge sam.Challenge
		entry     PINEntry
	}
	pendingSecured struct{ *pendingReset }
)

// BeginResetPIN asks the card for the challenge by which an HSM opens the reset of the PIN, and holds the card for
// [Terminal.ContinueResetPIN]. The request is 算法|密钥地址|外部因子|外部原始|.
func (t *Terminal) BeginResetPIN(ctx context.Context, reset Reset, req PINRequest) (Pending, error) {
	return audited(ctx, t, apitype.AuditPIN, "reset PIN/begin", func(ctx context.Context) (Pending, error) {
		return t.begin(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (any, string, error) {
			o, err := t.open(ctx, lease, t.everything())
			if err != nil {
				return nil, "", err
			}
			if err := o.is(req.Card); err != nil {
				return nil, "", err
			}
			challenge, err := o.session.challenges(ctx)
			p := &pendingReset{o, reset, challenge, req.Entry}
			return p, p.request(keyPUK, apdu.Hex(challenge.Factor[:]), apdu.Hex(challenge.Original[:])), err
		})
	})
}

// request is for an HSM: the algorithm, the key's address, and what it is to work on.
func (p *pendingReset) request(key string, parts ...string) string {
	address := ""
	if k, known := p.opened.layout.Key(key); known && len(k.HSM) > 0 {
		address = k.HSM[0]
	}
	return strings.Join(append([]string{algorithmCode(p.opened.reading.Algorithm), address}, parts...), "|") + "|"
}

// ContinueResetPIN presents the PUK with the HSM's answer, and asks for the command with its MAC: the request is
// 算法|密钥地址|随机数|命令头|新PIN|. The holder enters the new PIN, which goes to the HSM, as the standard has it.
func (t *Terminal) ContinueResetPIN(ctx context.Context, session, answer string) (Pending, error) {
	return audited(ctx, t, apitype.AuditPIN, "reset PIN/continue", func(ctx context.Context) (Pending, error) {
		lease, p, err := resume[*pendingReset](ctx, t, session)
		if err != nil {
			return Pending{}, err
		}
		request, err := p.open(ctx, lease, answer)
		if err != nil {
			lease.Release()
			return Pending{}, err
		}
		return Pending{Session: t.steps.hold(ctx, lease, pendingSecured{p}), Request: request}, nil
	})
}

func (p *pendingReset) open(ctx context.Context, lease *reader.Lease, answer string) (request string, err error) {
	o := p.opened
	data, err := parseProof(strings.TrimSuffix(answer, "|"), p.challenge.Original)
	if err != nil {
		return "", err
	}
	puk, known := o.layout.Key(keyPUK)
	if !known || !puk.HasID {
		return "", fmt.Errorf("%w: %s", sam.ErrKey, keyPUK)
	}
	if err := o.session.prove(ctx, puk, data, p.challenge.Original); err != nil {
		return "", o.orChanged(ctx, err)
	}
	digits := ""
	if p.reset == Reload {
		pin, err := enterNew(ctx, lease, p.entry)
		if err != nil {
			return "", err
		}
		defer pin.Clear()
		digits = string(pin)
	}
	random, err := o.session.challenge(ctx)
	if err != nil {
		return "", err
	}
	return p.request(keySTKSSSE, apdu.Hex(random[:]), p.header(), digits), nil
}

// header is the secured command up to its data: the length of that depends on the block of the algorithm.
func (p *pendingReset) header() string {
	switch {
	case p.reset == Unblock:
		return "8424000004"
	case p.opened.reading.Algorithm == "DES":
		return "842400010C"
	}
	return "8424000114"
}

var errSecured = errors.New("not the PIN command that was asked for")

// FinishResetPIN sends the command that the HSM made. Nothing but what was asked for is sent.
func (t *Terminal) FinishResetPIN(ctx context.Context, session, command string) error {
	_, err := audited(ctx, t, apitype.AuditPIN, "reset PIN/finish", func(ctx context.Context) (none struct{}, err error) {
		lease, p, err := resume[pendingSecured](ctx, t, session)
		if err != nil {
			return none, err
		}
		defer lease.Release()
		return none, p.send(ctx, command)
	})
	return err
}

func (p pendingSecured) send(ctx context.Context, text string) error {
	raw, err := hex.DecodeString(strings.TrimSuffix(text, "|"))
	if err != nil {
		return errSecured
	}
	command, err := apdu.Parse(raw)
	if err != nil || command.Ne != 0 || !strings.HasPrefix(apdu.Hex(raw), p.header()) {
		return errSecured
	}
	_, err = p.opened.session.channel.Do(ctx, "PIN CHANGE/UNBLOCK", command)
	return err
}
