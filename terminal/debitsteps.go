package terminal

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"sscard/apdu"
	"sscard/reader"
	"sscard/sm"
	"sscard/terminal/apitype"
)

// noTerminal is the 终端机编号 where there is no PSAM to have one (38号文 §9.3).
const noTerminal = "000000000000"

var errFromAccount = errors.New("an HSM settles nothing from the account")

// BeginDebit does the card's part of a debit whose key is in an HSM, and holds the card for [Terminal.FinishDebit]. The
// request is 算法|密钥地址|伪随机数|交易序号|后两金额|类型|终端机编号|时间|; it has no place for an amount from the account.
// Its errors wrap a [*DebitError].
func (t *Terminal) BeginDebit(ctx context.Context, req DebitRequest) (Pending, error) {
	return audited(ctx, t, apitype.AuditDebit, "debit/begin", func(ctx context.Context) (Pending, error) {
		s := &settlement{terminal: t}
		p, err := t.begin(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (any, string, error) {
			request, err := s.first(ctx, lease, req)
			return s, request, err
		})
		if err != nil {
			_, err = s.end(ctx, err)
		}
		return p, err
	})
}

func (s *settlement) first(ctx context.Context, lease *reader.Lease, req DebitRequest) (request string, err error) {
	if req.Amounts.Account != 0 {
		return "", errFromAccount
	}
	o, err := s.terminal.open(ctx, lease, s.terminal.everything())
	if err != nil {
		return "", err
	}
	if err := o.is(req.Card); err != nil {
		return "", err
	}
	if err := s.begin(ctx, lease, o, req, s.terminal.numberFor(ctx, o)); err != nil {
		return "", err
	}
	return s.request(), nil
}

// numberFor is the PSAM's 终端机编号, where there is one.
func (t *Terminal) numberFor(ctx context.Context, o *opened) string {
	alg, err := sm.ParseAlgorithm(o.reading.Algorithm)
	if t.keys == nil || err != nil {
		return noTerminal
	}
	if number, err := t.keys.TerminalNumber(ctx, alg); err == nil && number != "" {
		return number
	}
	return noTerminal
}

// request names the DPK by its address of the version that the card has told.
func (s *settlement) request() string {
	address := ""
	if i := int(s.version) - 1; i >= 0 && i < len(s.key.HSM) {
		address = s.key.HSM[i]
	}
	return strings.Join([]string{
		s.Algorithm, address, apdu.Hex(s.random[:]), fmt.Sprintf("%04X", s.Sequence),
		fmt.Sprintf("%08X%08X", s.Amounts.Self, s.Amounts.Fund), fmt.Sprintf("%02X", s.Kind), s.Terminal,
		s.Time.Format(stampForm),
	}, "|") + "|"
}

// FinishDebit takes the HSM's answer, 终端序号|时间|MAC1|, and debits the card. The HSM has yet to check MAC2. What was
// said of [Terminal.Debit] holds where the card is lost. Whatever comes of it, the card is let go.
func (t *Terminal) FinishDebit(ctx context.Context, session, answer string) (Debit, error) {
	return audited(ctx, t, apitype.AuditDebit, "debit/finish", func(ctx context.Context) (Debit, error) {
		lease, s, err := resume[*settlement](ctx, t, session)
		if err != nil {
			s = &settlement{terminal: t}
		} else {
			err = s.second(ctx, answer)
			lease.Release()
		}
		return s.end(ctx, err)
	})
}

func (s *settlement) second(ctx context.Context, answer string) error {
	sequence, mac1, err := s.accept(answer)
	if err != nil {
		return err
	}
	err = s.debit(ctx, sequence, mac1)
	if saidNo(err) {
		return s.opened.orChanged(ctx, err)
	}
	return err
}

// accept takes the answer apart. Its time must be that of the request, for which the card is asked should it be lost.
func (s *settlement) accept(answer string) (sequence uint32, mac1 [4]byte, err error) {
	parts := strings.Split(strings.TrimSuffix(answer, "|"), "|")
	if len(parts) != 3 || parts[1] != s.Time.Format(stampForm) {
		return 0, mac1, errAnswer
	}
	number, err := hex.DecodeString(parts[0])
	if err != nil || len(number) != 4 {
		return 0, mac1, errAnswer
	}
	mac, err := hex.DecodeString(parts[2])
	if err != nil || len(mac) != len(mac1) {
		return 0, mac1, errAnswer
	}
	return binary.BigEndian.Uint32(number), [4]byte(mac), nil
}
