package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sscard/reader"
	"sscard/sm"
	"sscard/terminal/sam"
)

// firstWithSAM is the generation whose holder's data needs keys.
const firstWithSAM = 3

// checkSAM asks the PSAM for its terminal number in each of its environments, which needs no key.
func checkSAM(ctx context.Context, x *examination) []Finding {
	if x.readers.Err != nil || x.TestKeys != "" {
		return nil
	}
	slots := slices.DeleteFunc(slices.Clone(x.readers.Readers), func(r reader.Reader) bool { return r.Role != reader.RoleSAM || r.Card == nil })
	if len(slots) == 0 {
		return []Finding{x.withoutSAM()}
	}
	if slots[0].Card.Mute {
		return []Finding{finding("sam.mute", slots[0].Name)}
	}
	return x.askSAM(ctx, sam.NewPSAM(x.pool), slots[0].Name)
}

// withoutSAM is a warning where a card is there that wants one.
func (x *examination) withoutSAM() Finding {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := finding("sam.absent", "")
	if !slices.ContainsFunc(x.cards, func(c card) bool { return c.survey.Generation >= firstWithSAM }) {
		f = at(f, Info)
	}
	return f
}

func (x *examination) askSAM(ctx context.Context, psam *sam.PSAM, slot string) []Finding {
	var has []string
	number := ""
	for _, algorithm := range []sm.Algorithm{sm.SM4, sm.DES} {
		told, err := psam.TerminalNumber(ctx, algorithm)
		switch {
		case err == nil:
			has, number = append(has, algorithm.String()), told
		case !errors.Is(err, sam.ErrAlgorithm):
			return []Finding{finding("sam.failed", slot+": "+err.Error())}
		}
	}
	if len(has) == 0 {
		return []Finding{finding("sam.failed", slot)}
	}
	found := []Finding{finding("sam.ok", slot+" · "+strings.Join(has, ", ")+" · "+number)}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.cards {
		if !slices.Contains(has, c.survey.Algorithm) {
			found = append(found, finding("sam.algorithm", c.in.Name+" · "+c.survey.Algorithm))
		}
	}
	return found
}
