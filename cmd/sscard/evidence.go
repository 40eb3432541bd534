package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/evidence"
	"sscard/terminal/profile"
)

// evidenceFlags are the flags of the verb evidence check: what a back end knows of a token, and whom it trusts.
type evidenceFlags struct {
	nonce, origin string
	trust         config.Trust
	fields        string
	maxAge        time.Duration
	at            string
}

func (p *program) evidenceCommand() *cobra.Command {
	group := &cobra.Command{Use: "evidence", Short: p.say(sayEvidenceGroup), Args: cobra.NoArgs}
	group.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	group.AddCommand(p.evidenceCheckCommand())
	return group
}

func (p *program) evidenceCheckCommand() *cobra.Command {
	var f evidenceFlags
	c := &cobra.Command{
		Use: "check TOKEN", Short: p.say(sayEvidenceCheck), Args: cobra.ExactArgs(1),
		Example: "  sscard evidence check --nonce 5f0c6a1d9b3e48d2a7c4f1b08e6d3795 --origin https://hall.example --roots roots.pem TOKEN",
	}
	p.jsonFlag(c)
	flags := c.Flags()
	flags.StringVar(&f.nonce, "nonce", "", "the nonce that was given out, in hexadecimal")
	flags.StringVar(&f.origin, "origin", terminal.LocalOrigin, "to whom it was given")
	flags.StringSliceVar(&f.trust.Roots, "roots", nil, "files of the root certificates, PEM or DER")
	flags.StringSliceVar(&f.trust.Intermediates, "intermediates", nil, "files of certificates between the roots and the cards")
	flags.StringSliceVar(&f.trust.IssuerKeys, "issuer-keys", nil, "public keys of issuers to trust without a root, in hexadecimal")
	flags.StringSliceVar(&f.trust.CRLs, "crls", nil, "files of certificate revocation lists")
	flags.StringVar(&f.fields, "fields", "", "file of the fields that came with the token (JSON: the read document, or {\"holder.name\": …})")
	durationVar(flags, &f.maxAge, "max-age", 0, "refuse a token that is older (default: any age)")
	flags.StringVar(&f.at, "at", "", "check as of this time, RFC 3339 (default: now)")
	c.RunE = func(_ *cobra.Command, args []string) error { return p.checkEvidence(f, args[0]) }
	return c
}

func (p *program) checkEvidence(f evidenceFlags, token string) error {
	checker, err := p.checker(f)
	if err != nil {
		return err
	}
	want, err := f.want()
	if err != nil {
		return err
	}
	proof, err := checker.Check(strings.TrimSpace(token), want)
	failed, invalid := errors.AsType[*evidence.Error](err)
	if err != nil && !invalid {
		return err
	}
	if printed := p.printProof(proof, failed); printed != nil || !invalid {
		return printed
	}
	return invalidEvidence{failed}
}

// invalidEvidence is a token that does not hold.
type invalidEvidence struct{ cause *evidence.Error }

func (i invalidEvidence) Error() string { return i.cause.Error() }

func (i invalidEvidence) Unwrap() error { return i.cause }

// checker trusts whom the flags name, and else whom the configuration does; what else the flags name helps either.
func (p *program) checker(f evidenceFlags) (evidence.Checker, error) {
	cfg, err := p.settings()
	if err != nil {
		return evidence.Checker{}, err
	}
	if len(f.trust.Roots)+len(f.trust.IssuerKeys) > 0 {
		cfg.Trust = config.Trust{Roots: f.trust.Roots, IssuerKeys: f.trust.IssuerKeys}
	}
	cfg.Trust.Intermediates = append(cfg.Trust.Intermediates, f.trust.Intermediates...)
	cfg.Trust.CRLs = append(cfg.Trust.CRLs, f.trust.CRLs...)
	trust, err := wiring.LoadTrust(cfg.Trust)
	if err != nil {
		return evidence.Checker{}, err
	}
	profiles, err := profile.Load(cfg.Profiles.Dir)
	if err != nil {
		return evidence.Checker{}, errors.Join(config.ErrInvalid, err)
	}
	checker := evidence.Checker{Trust: trust, Schemes: terminal.Schemes(profiles), MaxAge: f.maxAge}
	if f.at != "" {
		if checker.Now, err = time.Parse(time.RFC3339, f.at); err != nil {
			return evidence.Checker{}, usage(sayOneOf, "--at", f.at, "RFC 3339, 2026-01-01T12:00:00Z")
		}
	}
	return checker, nil
}

func (f evidenceFlags) want() (want evidence.Want, err error) {
	want.Origin = f.origin
	if want.Nonce, err = hex.DecodeString(f.nonce); err != nil || f.nonce == "" {
		return want, usage(sayWantNonce)
	}
	if f.fields == "" {
		return want, nil
	}
	content, err := os.ReadFile(f.fields)
	if err != nil {
		return want, usageError{err}
	}
	want.Fields, err = fieldsOf(content)
	return want, err
}

var errNoFields = usageError{errors.New("--fields: neither a read document nor an object of fields")}

// fieldsOf takes the document of a read or a verification, or a flat object of fields.
func fieldsOf(content []byte) (map[string]string, error) {
	var flat map[string]string
	if json.Unmarshal(content, &flat) == nil && flat != nil {
		return flat, nil
	}
	var document struct {
		apitype.ReadDocument
		Read *apitype.ReadDocument `json:"read"`
	}
	if err := json.Unmarshal(content, &document); err != nil {
		return nil, errNoFields // and not err, which quotes them
	}
	if document.Read != nil {
		document.ReadDocument = *document.Read
	}
	fields := make(map[string]string)
	for group, list := range map[string]apitype.Fields{"issuer": document.Issuer, "holder": document.Holder, "local": document.Local} {
		for _, f := range list {
			fields[group+"."+f.Name] = f.Value
		}
	}
	if len(fields) == 0 {
		return nil, errNoFields
	}
	return fields, nil
}

func (p *program) printProof(proof *evidence.Proof, failed *evidence.Error) error {
	d := apitype.Proof{Valid: failed == nil}
	if failed != nil {
		d.Step, d.Reason = string(failed.Step), terminal.AsError(failed).Code
	} else {
		d.CardID, d.CardNumber = fmt.Sprintf("%X", proof.CardID), proof.CardNumber
		d.Time, d.Profile = proof.Time.UTC().Format(time.RFC3339), proof.Profile
	}
	if p.json {
		return p.printJSON(d)
	}
	if failed != nil {
		return nil // the error says it
	}
	var t table
	t.row(p.say(sayEvidence), p.say(sayValid))
	t.row(p.say(sayCardNumber), d.CardNumber)
	t.row(p.say(sayCardID), d.CardID)
	t.row(p.say(sayTime), d.Time)
	return t.print(p.stdout)
}
