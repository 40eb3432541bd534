package terminal

import (
	"strings"
	"time"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

// Document is the reading as callers get it. It reveals personal data: it goes to the caller and nowhere
// else.
func (r *Reading) Document() apitype.ReadDocument {
	d := apitype.ReadDocument{
		Reader:          apitype.ReaderRef{ID: r.Reader.ID, Name: r.Reader.Name},
		Interface:       string(r.Reader.Interface),
		ATR:             apdu.Hex(r.ATR),
		HistoricalBytes: apdu.Hex(r.Historical),
		Generation:      r.Generation,
		Algorithm:       r.Algorithm,
		RegionCode:      r.RegionCode,
		Authenticity:    r.Authenticity,
		Missing:         r.Missing,
		Warnings:        r.Warnings,
		Exchanges:       r.Exchanges,
		ElapsedMS:       milliseconds(r.Elapsed),
	}
	groups := map[string]*apitype.Fields{"issuer": &d.Issuer, "holder": &d.Holder, "local": &d.Local}
	for _, f := range r.Fields {
		group, name, _ := strings.Cut(f.Name, ".")
		if to := groups[group]; to != nil {
			*to = append(*to, apitype.Field{Name: name, Value: f.Value.Reveal()})
		}
	}
	return d
}

// Document is the verification as callers get it. With what was read it reveals personal data, as evidence does.
func (v *Verification) Document() apitype.Verification {
	d := apitype.Verification{
		Result: v.Authenticity.Result, Method: v.Authenticity.Method, Step: string(v.Step), Steps: v.steps(), Evidence: v.Evidence,
		Reader:    apitype.ReaderRef{ID: v.Reader.ID, Name: v.Reader.Name},
		Exchanges: v.Exchanges, ElapsedMS: milliseconds(v.Elapsed),
	}
	if v.Err != nil {
		d.Reason = AsError(v.Err).Code
	}
	if v.Reading != nil {
		read := v.Reading.Document()
		d.Read = &read
	}
	return d
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// ReaderDocuments is the list of readers as callers get it.
func ReaderDocuments(readers []reader.Reader) apitype.Readers {
	list := make([]apitype.Reader, len(readers))
	for i, r := range readers {
		list[i] = apitype.Reader{ID: r.ID, Name: r.Name, Role: string(r.Role), Interface: string(r.Interface)}
		if r.Card != nil {
			list[i].Card = &apitype.Card{ATR: apdu.Hex(r.Card.ATR), Since: r.Card.Since.UTC().Truncate(time.Millisecond)}
		}
	}
	return apitype.Readers{Readers: list}
}
