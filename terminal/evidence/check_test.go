package evidence_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/terminal/evidence"
	"sscard/terminal/profile"
)

// badRows are the tokens that have to be refused.
func badRows(t testing.TB) (rows []row) {
	rows = append(rows, tokenRows(t)...)
	rows = append(rows, askedRows()...)
	rows = append(rows, certificateRows()...)
	rows = append(rows, signatureRows()...)
	rows = append(rows, pathRows()...)
	return append(rows, fieldRows()...)
}

func TestCheckAccepts(t *testing.T) {
	for _, r := range goodRows() {
		t.Run(r.name, func(t *testing.T) {
			s, token := r.make(t)
			proof, err := s.checker().Check(token, s.want)
			require.NoError(t, err)
			require.Equal(t, number, proof.CardNumber)
			require.Equal(t, s.evidence.CardID, proof.CardID)
			require.Equal(t, s.evidence.Time, proof.Time)
			require.Equal(t, s.evidence.Profile, proof.Profile)
			require.Equal(t, s.evidence.Certificate, proof.Path[0].Raw)
			require.Equal(t, theWorld(t).root.Certificate.Raw, proof.Path[len(proof.Path)-1].Raw)
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, r := range badRows(t) {
		t.Run(r.name, func(t *testing.T) {
			s, token := r.make(t)
			proof, err := s.checker().Check(token, s.want)
			requireStep(t, err, r.step, r.err)
			require.Nil(t, proof)
		})
	}
}

// requireStep wants err to say what failed, and why.
func requireStep(t *testing.T, err error, step evidence.Step, cause error) {
	t.Helper()
	var failed *evidence.Error
	require.True(t, errors.As(err, &failed), "%v", err)
	require.Equal(t, step, failed.Step, "%v", err)
	require.ErrorIs(t, err, cause)
}

// What a back end may forget must refuse, not accept.
func TestCheckerWithoutSomething(t *testing.T) {
	rows := []struct {
		name   string
		change func(c *evidence.Checker, want *evidence.Want)
		step   evidence.Step
		err    error
	}{
		{"trust", func(c *evidence.Checker, _ *evidence.Want) { c.Trust = nil }, evidence.StepChain, sm.ErrUntrusted},
		{"roots", func(c *evidence.Checker, _ *evidence.Want) { c.Trust = &sm.Trust{} }, evidence.StepChain, sm.ErrUntrusted},
		{"nonce", func(_ *evidence.Checker, w *evidence.Want) { w.Nonce = nil }, evidence.StepNonce, evidence.ErrNonce},
		{"origin", func(_ *evidence.Checker, w *evidence.Want) { w.Origin = "" }, evidence.StepOrigin, evidence.ErrOrigin},
		{"schemes", func(c *evidence.Checker, _ *evidence.Want) {
			c.Schemes = map[string]evidence.Scheme{}
		}, evidence.StepProfile, evidence.ErrProfile},
		{"sense in the limit of age", func(c *evidence.Checker, _ *evidence.Want) { c.MaxAge = -time.Hour }, evidence.StepAge, evidence.ErrAge},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s, token := row{}.make(t)
			checker, want := s.checker(), s.want
			r.change(&checker, &want)
			_, err := checker.Check(token, want)
			requireStep(t, err, r.step, r.err)
		})
	}
}

func TestCheckerTakesTheTimeItself(t *testing.T) {
	s, token := row{before: func(s *sample) { s.evidence.Time = time.Now() }}.make(t)
	checker := s.checker()
	checker.Now, checker.MaxAge = time.Time{}, time.Hour
	_, err := checker.Check(token, s.want)
	require.NoError(t, err)
	checker.Now = noon.AddDate(-1, 0, 0)
	_, err = checker.Check(token, s.want)
	requireStep(t, err, evidence.StepAge, evidence.ErrAge)
}

// A terminal checks what it has just made. It looks at the path once then, and still at everything.
func TestCheckAtTheTimeOfTheToken(t *testing.T) {
	for _, r := range append(goodRows(), pathRows()...) {
		t.Run(r.name, func(t *testing.T) {
			s, token := r.make(t)
			checker := s.checker()
			checker.Now, checker.MaxAge = s.evidence.Time.In(time.FixedZone("China", 8*60*60)), 0
			_, at := checker.Check(token, s.want)
			checker.Now = checker.Now.Add(time.Nanosecond)
			_, after := checker.Check(token, s.want)
			require.Equal(t, after, at)
		})
	}
	s, token := row{}.make(t)
	checker := s.checker()
	allocations := func(now time.Time) float64 {
		checker.Now = now
		return testing.AllocsPerRun(1, func() { _, _ = checker.Check(token, s.want) })
	}
	require.Less(t, allocations(s.evidence.Time), 0.9*allocations(s.now), "two paths where one will do")
}

func TestCheckByIssuerKey(t *testing.T) {
	s, token := row{before: func(s *sample) { s.evidence.Chain = nil }}.make(t)
	checker := s.checker()
	_, err := checker.Check(token, s.want)
	requireStep(t, err, evidence.StepChain, sm.ErrUntrusted)
	checker.Trust = &sm.Trust{IssuerKeys: []sm.PublicKey{theWorld(t).province.Key.Public()}}
	proof, err := checker.Check(token, s.want)
	require.NoError(t, err)
	require.Len(t, proof.Path, 1)
}

func TestSchemes(t *testing.T) {
	rows := []struct {
		name    string
		scheme  evidence.Scheme
		dynamic []byte
		sign    func(s *sample)
	}{
		{"zero", evidence.Scheme{}, nil, (*sample).sign},
		{"plain", evidence.Scheme{Plain: true}, nil, (*sample).signPlain},
		{"user id", evidence.Scheme{UserID: "ALICE123@YAHOO.COM"}, nil, func(s *sample) {
			s.userID = "ALICE123@YAHOO.COM"
			s.sign()
		}},
		{"dynamic data", evidence.Scheme{Dynamic: 255}, ascending(255), (*sample).sign},
	}
	for _, signed := range rows {
		for _, known := range rows {
			t.Run(signed.name+" checked as "+known.name, func(t *testing.T) {
				s := newSample(t)
				s.evidence.Profile, s.evidence.Dynamic = "mine", signed.dynamic
				signed.sign(s)
				checker := s.checker()
				checker.Schemes = map[string]evidence.Scheme{"mine": known.scheme}
				_, err := checker.Check(s.token(), s.want)
				switch {
				case signed.name == known.name:
					require.NoError(t, err)
				case len(signed.dynamic) != known.scheme.Dynamic:
					requireStep(t, err, evidence.StepProfile, evidence.ErrProfile)
				default:
					requireStep(t, err, evidence.StepSignature, sm.ErrVerification)
				}
			})
		}
	}
}

func TestSchemeOfAnEndlessUserID(t *testing.T) {
	s, token := row{}.make(t)
	checker := s.checker()
	checker.Schemes = map[string]evidence.Scheme{s.evidence.Profile: {UserID: strings.Repeat("a", 8192)}}
	_, err := checker.Check(token, s.want)
	requireStep(t, err, evidence.StepSignature, sm.ErrID)
}

// The profiles that a terminal has and the schemes that a back end knows are two lists of the same.
func TestDefaultSchemesAreThoseOfTheProfiles(t *testing.T) {
	profiles, err := profile.Load("")
	require.NoError(t, err)
	of := map[string]evidence.Scheme{}
	for _, p := range profiles.AsymmetricProfiles() {
		s := evidence.Scheme{UserID: p.UserID, Plain: p.Hash == profile.HashPlain, Dynamic: p.Answer.Dynamic}
		if s.UserID == sm.DefaultID {
			s.UserID = ""
		}
		of[p.Name] = s
	}
	require.Equal(t, of, evidence.DefaultSchemes())
}
