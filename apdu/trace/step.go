package trace

import (
	"bytes"
	"time"

	"sscard/apdu"
)

// Step is one command and all that it led to: its repetition with the Le that the card named, and GET RESPONSE. Data
// and commands are slices of the session's or copies of them, and may be personal.
type Step struct {
	First, Last int          // its exchanges
	Command     apdu.Command // as it was sent last; zero where Control or Malformed say so
	Control     byte         // the feature, where the reader itself was told to do something
	Malformed   bool         // the command is none
	Place       Place        // on the card, after SELECT the new one
	Data        []byte       // of the whole answer
	SW          apdu.StatusWord
	Fault       string // in place of the last answer
	Elapsed     time.Duration
}

// Done reports whether the card did what it was asked, with or without a warning.
func (s Step) Done() bool { return s.Fault == "" && (s.SW.OK() || s.SW.Warning()) }

// Name is what the command is called, with its header.
func (s Step) Name() string {
	switch {
	case s.Control != 0:
		return describe([]byte{s.Control})
	case s.Malformed:
		return "not a command"
	}
	return s.Command.String()
}

// Steps tells what the exchanges of the session are about, in order.
func (s *Session) Steps() []Step {
	var steps []Step
	place := Place{Application: appSSSE} // what is current after a reset; on old cards it is SSSE
	for i := 0; i < len(s.Exchanges); {
		step := s.step(i)
		step.Place = place
		if !step.Malformed && step.Control == 0 {
			after := place.after(step.Command)
			_, more := step.SW.More()
			if step.Done() || (more && step.Fault == "") {
				place = after
			}
			step.Place = after
		}
		steps = append(steps, step)
		i = step.Last + 1
	}
	return steps
}

// step takes the step that begins with exchange i, wherever it is on the card.
func (s *Session) step(i int) Step {
	x := s.Exchanges[i]
	step := Step{First: i, Last: i, Control: x.Control}
	command, err := apdu.Parse(x.Command)
	if step.Control == 0 {
		step.Command, step.Malformed = command, err != nil
	}
	for step.take(s.Exchanges[step.Last]) && step.Last+1 < len(s.Exchanges) {
		next, err := apdu.Parse(s.Exchanges[step.Last+1].Command)
		if err != nil || !step.goesOn(next) {
			break
		}
		step.Last++
	}
	return step
}

// take takes an answer in, and reports whether more may follow.
func (s *Step) take(x Exchange) bool {
	s.Elapsed += x.Elapsed
	s.Fault = x.Fault
	r, err := apdu.ParseResponse(x.Response)
	if err != nil {
		return false
	}
	s.Data, s.SW = append(s.Data, r.Data...), r.SW
	return s.Control == 0 && !s.Malformed
}

// goesOn reports whether the next command belongs to the step, and keeps the Le that was corrected.
func (s *Step) goesOn(next apdu.Command) bool {
	if _, more := s.SW.More(); more {
		return next.INS == apdu.InsGetResponse
	}
	if ne, wrong := s.SW.Correct(); wrong && next.Ne == ne && sameButLe(s.Command, next) {
		s.Command.Ne = ne
		return true
	}
	return false
}

func sameButLe(a, b apdu.Command) bool {
	return a.CLA == b.CLA && a.INS == b.INS && a.P1 == b.P1 && a.P2 == b.P2 && bytes.Equal(a.Data, b.Data)
}
