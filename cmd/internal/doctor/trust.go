package doctor

import (
	"context"
	"os"
	"slices"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/sm"
)

// How long before their end they are warned of.
const (
	certificateNotice = 30 * 24 * time.Hour
	listNotice        = 2 * 24 * time.Hour
)

// checkTrust looks at the days of certificates and revocation lists.
func checkTrust(_ context.Context, x *examination) (found []Finding) {
	trust, err := wiring.LoadTrust(x.config.Trust)
	switch {
	case err != nil:
		return []Finding{finding("trust.invalid", err.Error())}
	case len(trust.Roots)+len(trust.IssuerKeys) == 0:
		return []Finding{finding("trust.none", "")}
	}
	now := time.Now()
	for _, file := range slices.Concat(x.config.Trust.Roots, x.config.Trust.Intermediates) {
		for _, c := range parsed(file, sm.ParseCertificates) {
			found = append(found, daysOf(file, c.NotBefore, c.NotAfter, now)...)
		}
	}
	for _, file := range x.config.Trust.CRLs {
		for _, l := range parsed(file, sm.ParseCRLs) {
			found = append(found, daysOfList(file, l.NextUpdate, now)...)
		}
	}
	if len(found) == 0 {
		found = []Finding{finding("trust.ok", "")}
	}
	return found
}

// parsed is what is in a file. That it is well was found when all were loaded.
func parsed[T any](file string, parse func([]byte) ([]T, error)) []T {
	content, _ := os.ReadFile(file)
	list, _ := parse(content)
	return list
}

// daysOf says of a certificate that it is outside its days, or soon will be. It goes by its file: a name in it may be a
// person's.
func daysOf(file string, from, until, now time.Time) []Finding {
	end := file + " · " + until.UTC().Format(time.DateOnly)
	switch left := until.Sub(now); {
	case now.Before(from):
		return []Finding{finding("trust.early", file+" · "+from.UTC().Format(time.DateOnly))}
	case left < 0:
		return []Finding{finding("trust.expired", end)}
	case left < certificateNotice:
		return []Finding{finding("trust.ending", end)}
	}
	return nil
}

func daysOfList(file string, next, now time.Time) []Finding {
	end := file + " · " + next.UTC().Format(time.DateOnly)
	switch left := next.Sub(now); {
	case left < 0:
		return []Finding{finding("trust.stale", end)}
	case left < listNotice:
		return []Finding{finding("trust.outdated", end)}
	}
	return nil
}
