package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// document is the JSON of a token. What need not be there is a pointer, so that absent and empty differ.
type document struct {
	Version     int       `json:"version"`
	Origin      string    `json:"origin"`
	Nonce       string    `json:"nonce"`
	CardID      string    `json:"card_id"`
	Time        string    `json:"time"`
	Fields      *string   `json:"fields,omitempty"`
	Profile     string    `json:"profile"`
	Certificate string    `json:"certificate"`
	Chain       *[]string `json:"chain,omitempty"`
	Dynamic     *string   `json:"dynamic,omitempty"`
	Signature   string    `json:"signature"`
}

// Token is the evidence as base64url without padding over a JSON object, at most 16384 characters. Evidence
// that [Parse] would refuse gives [ErrMalformed].
func (e Evidence) Token() (string, error) {
	if err := e.check(); err != nil {
		return "", err
	}
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false) // so that no token that was taken grows too long to be written again
	if err := encoder.Encode(e.document()); err != nil {
		return "", fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	token := base64.RawURLEncoding.EncodeToString(bytes.TrimSuffix(plain.Bytes(), []byte("\n")))
	if len(token) > MaxToken {
		return "", malformed("token of %d characters", len(token))
	}
	return token, nil
}

func (e Evidence) document() document {
	d := document{
		Version: e.Version, Origin: e.Origin, Nonce: upperHex(e.Nonce), CardID: upperHex(e.CardID[:]), Time: e.timeText(),
		Profile: e.Profile, Certificate: base64.StdEncoding.EncodeToString(e.Certificate), Signature: upperHex(e.Signature[:]),
	}
	if e.Fields != nil {
		d.Fields = new(upperHex(e.Fields[:]))
	}
	if len(e.Dynamic) > 0 {
		d.Dynamic = new(upperHex(e.Dynamic))
	}
	if len(e.Chain) > 0 {
		var chain []string
		for _, der := range e.Chain {
			chain = append(chain, base64.StdEncoding.EncodeToString(der))
		}
		d.Chain = &chain
	}
	return d
}

func upperHex(b []byte) string { return fmt.Sprintf("%X", b) }

// Parse takes a token apart and checks its form, not what it claims: [Checker.Check] does both. It is strict,
// so that no two programs read one token in two ways; what it refuses is an [*Error] of [StepToken] with
// [ErrMalformed]. The digits of hexadecimal numbers may be of either case.
func Parse(token string) (Evidence, error) {
	e, err := parse(token)
	if err != nil {
		return Evidence{}, failed(StepToken, err)
	}
	return e, nil
}

func parse(token string) (Evidence, error) {
	if len(token) > MaxToken {
		return Evidence{}, malformed("token of %d characters", len(token))
	}
	plain, err := unbase64(base64.RawURLEncoding, token)
	if err != nil {
		return Evidence{}, malformed("not base64url without padding")
	}
	var d document
	if err := decodeObject(plain, d.members()); err != nil {
		return Evidence{}, err
	}
	e, err := d.evidence()
	if err != nil {
		return Evidence{}, err
	}
	return e, e.check()
}

// members are where the members of the object go.
func (d *document) members() map[string]any {
	return map[string]any{
		"version": &d.Version, "origin": &d.Origin, "nonce": &d.Nonce, "card_id": &d.CardID, "time": &d.Time,
		"fields": &d.Fields, "profile": &d.Profile, "certificate": &d.Certificate, "chain": &d.Chain,
		"dynamic": &d.Dynamic, "signature": &d.Signature,
	}
}

// evidence decodes the members. A member that is absent is empty here and does not decode, or does not pass
// the check of the whole.
func (d document) evidence() (Evidence, error) {
	e := Evidence{Version: d.Version, Origin: d.Origin, Profile: d.Profile}
	var err error
	if e.Time, err = time.Parse(timeLayout, d.Time); err != nil || e.timeText() != d.Time {
		return Evidence{}, malformed("time not as %s", timeLayout)
	}
	if e.Nonce, err = hex.DecodeString(d.Nonce); err != nil {
		return Evidence{}, malformed("nonce not hexadecimal")
	}
	if err := unhex(e.CardID[:], d.CardID); err != nil {
		return Evidence{}, err
	}
	if err := unhex(e.Signature[:], d.Signature); err != nil {
		return Evidence{}, err
	}
	if e.Certificate, err = unbase64(base64.StdEncoding, d.Certificate); err != nil {
		return Evidence{}, malformed("certificate not base64")
	}
	return e, d.optional(&e)
}

func (d document) optional(e *Evidence) error {
	var err error
	if d.Fields != nil {
		e.Fields = new([32]byte)
		if err := unhex(e.Fields[:], *d.Fields); err != nil {
			return err
		}
	}
	if d.Dynamic != nil {
		if e.Dynamic, err = hex.DecodeString(*d.Dynamic); err != nil || len(e.Dynamic) == 0 {
			return malformed("dynamic data not hexadecimal, or empty")
		}
	}
	if d.Chain == nil {
		return nil
	}
	if len(*d.Chain) == 0 {
		return malformed("empty chain")
	}
	for _, text := range *d.Chain {
		der, err := unbase64(base64.StdEncoding, text)
		if err != nil {
			return malformed("certificate of the chain not base64")
		}
		e.Chain = append(e.Chain, der)
	}
	return nil
}
