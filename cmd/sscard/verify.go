package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

const ownNonce = 32 // bytes, where no back end gave one

// verifyFlags are the flags of the verb verify, with those of read.
type verifyFlags struct {
	readFlags
	nonce, origin string
}

func (p *program) verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use: "verify", Short: p.say(sayVerify), Args: cobra.NoArgs,
		Example: "  sscard verify --config /etc/sscard/config.yaml\n" +
			"  sscard verify --json --nonce 5f0c6a1d9b3e48d2a7c4f1b08e6d3795 --origin https://hall.example --fields holder",
	}
	p.jsonFlag(c)
	f.register(c)
	c.Flags().StringVar(&f.nonce, "nonce", "", "16 to 64 bytes of the back end, in hexadecimal (default: random ones)")
	c.Flags().StringVar(&f.origin, "origin", terminal.LocalOrigin, "who asks, as the back end knows him")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return err
		}
		nonce, err := hex.DecodeString(f.nonce)
		if err != nil {
			return usage(sayNotHex, "--nonce")
		}
		if f.nonce == "" {
			nonce = make([]byte, ownNonce)
			_, _ = rand.Read(nonce) // never fails
		}
		return p.verify(c.Context(), f, nonce)
	}
	return c
}

func (p *program) verify(ctx context.Context, f verifyFlags, nonce []byte) error {
	e, err := p.equipped(ctx)
	if err != nil {
		return err
	}
	defer e.Stop()
	if f.wait > 0 {
		p.waitForCard(ctx, e.Pool, f.readFlags)
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	v, err := e.Terminal.Verify(ctx, terminal.VerifyRequest{
		Reader: f.reader, Interface: f.on, Nonce: nonce, Origin: f.origin, Fields: f.fields,
	})
	if err != nil {
		return err
	}
	if err := p.printVerification(v.Document(), nonce, e.Terminal); err != nil {
		return err
	}
	if v.Err != nil {
		return verdict{v}
	}
	return nil
}

func (p *program) printVerification(d apitype.Verification, nonce []byte, t *terminal.Terminal) error {
	if p.json {
		return p.printJSON(d)
	}
	if d.Read != nil {
		if err := p.printReading(*d.Read, t.Profiles()); err != nil {
			return err
		}
	}
	var rows table
	rows.row(p.say(sayReader), d.Reader.Name)
	rows.row(p.say(sayAuthenticity), p.sayResult(apitype.Authenticity{Method: d.Method, Result: d.Result}))
	p.rowSteps(&rows, d.Steps)
	rows.row(p.say(sayExchanges), fmt.Sprintf("%d, %.1f ms", d.Exchanges, d.ElapsedMS))
	if d.Evidence != "" {
		rows.row(p.say(sayNonce), hex.EncodeToString(nonce))
		rows.row(p.say(sayEvidence), d.Evidence)
	}
	return rows.print(p.stdout)
}

// rowSteps has the steps of the proof in the table, by what came of them.
func (p *program) rowSteps(rows *table, steps []apitype.ProofStep) {
	for _, kind := range []struct {
		result string
		label  message
	}{
		{apitype.StepPassed, sayPassed}, {apitype.StepFailed, sayFailed},
		{apitype.StepUnchecked, sayUncheckedStep}, {apitype.StepNotReached, sayNotReached},
	} {
		var words []string
		for _, step := range steps {
			if step.Result == kind.result {
				words = append(words, step.Text().In(p.lang))
			}
		}
		if len(words) > 0 {
			rows.row(p.say(kind.label), strings.Join(words, p.say(sayComma)))
		}
	}
}

// verdict is a card that was not proved genuine, and was told of on standard output: it ends the program as an error.
type verdict struct{ *terminal.Verification }

func (v verdict) Error() string { return v.Err.Error() }

func (v verdict) Unwrap() error { return v.Err }

// exit is that of the reason where the card could not be proved, and that of a card which is not genuine where it was
// proved to be none.
func (v verdict) exit() int {
	if v.Authenticity.Result == "not_genuine" {
		return apitype.ExitNotGenuine
	}
	return terminal.AsError(v.Err).Code.Entry().Exit
}
