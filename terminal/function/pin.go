package function

import (
	"context"

	"sscard/terminal"
)

// givenPIN are the PINs that the caller passed, where the administrator lets it (pin.entry: request).
type givenPIN struct{ current, replacement *string }

// Enter gives what was passed; a new PIN counts as entered twice.
func (g givenPIN) Enter(_ context.Context, prompt terminal.PINPrompt) (terminal.PIN, error) {
	given := g.replacement
	if prompt.Kind == terminal.PINCurrent {
		given = g.current
	}
	if given == nil {
		return nil, terminal.ErrPINNoEntry
	}
	return terminal.PIN(*given), nil
}

// entry is how the PIN of a call is entered.
func (c *call) entry() terminal.PINEntry {
	if c.config.PINInRequest {
		return givenPIN{c.params.PIN, c.params.NewPIN}
	}
	return c.config.PIN
}

func (c *call) pinRequest() (req terminal.PINRequest, err error) {
	if req.Reader, req.Interface, err = c.place(); err != nil {
		return req, err
	}
	if c.params.CardInfo != nil {
		if req.Card, err = parseCardInfo(*c.params.CardInfo); err != nil {
			return req, err
		}
	}
	req.Entry = c.entry()
	return req, nil
}

func (c *call) verifyPIN(ctx context.Context) (string, error) {
	req, err := c.pinRequest()
	if err != nil {
		return "", err
	}
	_, err = c.terminal.VerifyPIN(ctx, req)
	return "", err
}

func (c *call) changePIN(ctx context.Context) (string, error) {
	req, err := c.pinRequest()
	if err != nil {
		return "", err
	}
	_, err = c.terminal.ChangePIN(ctx, req)
	return "", err
}

// resetFunctions are the names of the functions that reset a PIN, which go on from each other.
var resetFunctions = map[terminal.Reset]string{terminal.Reload: "iReloadPIN", terminal.Unblock: "iUnblockPIN"}

// resetPIN does it with a PSAM; the steps are for an HSM (38号文 §9.5).
func resetPIN(reset terminal.Reset) func(*call, context.Context) (string, error) {
	return func(c *call, ctx context.Context) (string, error) {
		req, err := c.pinRequest()
		if err != nil {
			return "", err
		}
		return "", c.terminal.ResetPIN(ctx, reset, req)
	}
}

func resetPINStep1(reset terminal.Reset) func(*call, context.Context) (string, error) {
	return func(c *call, ctx context.Context) (string, error) {
		req, err := c.pinRequest()
		if err != nil {
			return "", err
		}
		pending, err := c.terminal.BeginResetPIN(ctx, reset, req)
		if err != nil {
			return "", err
		}
		c.goOn(resetFunctions[reset], pending.Session)
		return pending.Request, nil
	}
}

func resetPINStep2(reset terminal.Reset) func(*call, context.Context) (string, error) {
	return func(c *call, ctx context.Context) (string, error) {
		session := c.resume(resetFunctions[reset])
		pending, err := c.terminal.ContinueResetPIN(ctx, session, *c.params.Key)
		if err != nil {
			return "", err
		}
		c.goOn(resetFunctions[reset]+"/secured", pending.Session)
		return pending.Request, nil
	}
}

func resetPINStep3(reset terminal.Reset) func(*call, context.Context) (string, error) {
	return func(c *call, ctx context.Context) (string, error) {
		return "", c.terminal.FinishResetPIN(ctx, c.resume(resetFunctions[reset]+"/secured"), *c.params.Key)
	}
}
