package softcard

import (
	"errors"
	"fmt"

	"sscard/apdu"
)

// quirks are the ways in which a card differs from the standard, or from the field.
type quirks struct {
	t0       bool
	short    int // 0: no limit
	refusals []refusal
}

// refusal answers the commands that it matches with sw. A nil or false condition matches all.
type refusal struct {
	ins  byte
	p1   *byte
	mode *apdu.RecordMode
	sfi  bool
	sw   apdu.StatusWord
}

func (q quirks) refuses(cmd apdu.Command) (apdu.StatusWord, bool) {
	for _, r := range q.refusals {
		if r.matches(cmd) {
			return r.sw, true
		}
	}
	return 0, false
}

func (r refusal) matches(cmd apdu.Command) bool {
	_, mode := apdu.ReadRecordP2(cmd.P2)
	return r.ins == cmd.INS &&
		(r.p1 == nil || *r.p1 == cmd.P1) &&
		(r.mode == nil || *r.mode == mode) &&
		(!r.sfi || addressesSFI(cmd))
}

func addressesSFI(cmd apdu.Command) bool {
	if cmd.INS == apdu.InsReadBinary {
		return cmd.P1&binarySFI != 0
	}
	sfi, _ := apdu.ReadRecordP2(cmd.P2)
	return sfi != apdu.CurrentEF
}

// received is cmd as the card gets it: over T=0 four bytes alone go out with P3=00, which a card that
// has data to give reads as Le=00.
func (q quirks) received(cmd apdu.Command) apdu.Command {
	if q.t0 && len(cmd.Data) == 0 && cmd.Ne == 0 {
		cmd.Ne = apdu.MaxShortNe
	}
	return cmd
}

func (b *builder) buildQuirks(s headSpec) error {
	q := &b.card.quirks
	switch s.Quirks.Manners {
	case "t0":
		q.t0 = true
	case "":
	default:
		return within("quirks.manners", fmt.Errorf("%q is not t0", s.Quirks.Manners))
	}
	if q.short = s.Quirks.Short; q.short < 0 {
		return within("quirks.short", errors.New("negative"))
	}
	for i, spec := range s.Quirks.Refuse {
		r, err := spec.build()
		if err != nil {
			return within(fmt.Sprintf("quirks.refuse[%d]", i), err)
		}
		q.refusals = append(q.refusals, r)
	}
	return nil
}

func (s refusalSpec) build() (r refusal, err error) {
	if r.ins, err = parseByte(s.INS); err != nil {
		return r, within("ins", err)
	}
	sw, err := parseUint16(s.SW)
	if err != nil {
		return r, within("sw", err)
	}
	if s.P1 != "" {
		p1, err := parseByte(s.P1)
		if err != nil {
			return r, within("p1", err)
		}
		r.p1 = &p1
	}
	if s.Mode != nil {
		if *s.Mode < 0 || *s.Mode > 7 {
			return r, within("mode", errors.New("not 0 to 7"))
		}
		mode := apdu.RecordMode(*s.Mode)
		r.mode = &mode
	}
	r.sfi, r.sw = s.SFI, apdu.StatusWord(sw)
	return r, nil
}
