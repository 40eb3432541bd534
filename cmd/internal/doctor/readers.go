package doctor

import (
	"context"
	"slices"
	"strings"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

func (x *examination) describeReaders() []apitype.DoctorReader {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := make([]apitype.DoctorReader, len(x.readers.Readers))
	for i, r := range x.readers.Readers {
		list[i] = apitype.DoctorReader{Name: r.Name, Role: string(r.Role), Interface: string(r.Interface), Card: r.Card != nil, Features: x.features[r.Name]}
		if r.Card != nil {
			list[i].Mute, list[i].ATR = r.Card.Mute, apdu.MaskATR(r.Card.ATR)
		}
	}
	return list
}

// checkReaders names the readers there are, and says what keeps a card from being looked for in them.
func checkReaders(_ context.Context, x *examination) (found []Finding) {
	if x.readers.Err != nil {
		return nil // the service is the matter
	}
	if len(x.readers.Readers) == 0 {
		return []Finding{finding("reader.none", "")}
	}
	for _, r := range x.readers.Readers {
		found = append(found, finding("reader.ok", r.Name+" · "+string(r.Interface)+" · "+string(r.Role)))
	}
	if len(x.forCards()) == 0 {
		found = append(found, finding("reader.all_sam", ""))
	}
	for _, is := range []reader.Interface{reader.Contact, reader.Contactless, reader.Unknown} {
		if holding := holdingCards(x.forCards(), is); len(holding) > 1 {
			found = append(found, finding("reader.two_cards", strings.Join(holding, ", ")))
		}
	}
	return found
}

// forCards are the readers that are for a holder's card.
func (x *examination) forCards() []reader.Reader {
	return slices.DeleteFunc(slices.Clone(x.readers.Readers), func(r reader.Reader) bool { return r.Role == reader.RoleSAM })
}

// holdingCards names the readers of one kind that hold a card.
func holdingCards(readers []reader.Reader, is reader.Interface) (names []string) {
	for _, r := range readers {
		if r.Card != nil && r.Interface == is {
			names = append(names, r.Name)
		}
	}
	return names
}

// featureNames are the features of PC/SC part 10 that matter at a counter.
var featureNames = map[reader.Feature]string{
	0x01: "verify-pin-start", 0x03: "modify-pin-start", 0x06: "verify-pin", 0x07: "modify-pin", 0x08: "get-key-pressed",
	0x0A: "pin-properties", 0x0B: "abort", 0x12: "tlv-properties", 0x13: "ccid-escape", 0x20: "pace",
}

// askFeatures asks a reader what it can do by itself. Most say nothing, and that is no trouble.
func (x *examination) askFeatures(ctx context.Context, lease *reader.Lease) {
	features, err := lease.Features(ctx)
	if err != nil {
		return
	}
	var names []string
	for _, f := range features {
		if name, known := featureNames[f]; known {
			names = append(names, name)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.features[lease.Reader().Name] = names
}
