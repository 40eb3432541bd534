package terminal

import (
	"slices"

	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
)

// signedSteps are those of a proof by signature, in the order in which they are taken: certificate and key before the card
// signs, the path of certificates as package sm judges it, and 卡号 once evidence holds.
var signedSteps = [...]evidence.Step{
	evidence.StepCertificate, evidence.StepKey, evidence.StepSignature,
	evidence.StepChain, evidence.StepUsage, evidence.StepValidity, evidence.StepRevocation, stepCardNumber,
}

// steps says of each step of the proof what came of it. What is between the key and the signature, such as the PIN and the
// card's answer, is named only where it was the end.
func (v *Verification) steps() []apitype.ProofStep {
	order := []evidence.Step{stepIRK}
	if v.Authenticity.Method == methodSM2 {
		order = signedSteps[:]
	}
	if v.Step != "" && !slices.Contains(order, v.Step) {
		order = slices.Insert(slices.Clone(order), slices.Index(order, evidence.StepSignature), v.Step)
	}
	end := len(order)
	if v.Step != "" {
		end = slices.Index(order, v.Step)
	}
	list := make([]apitype.ProofStep, len(order))
	for i, step := range order {
		list[i] = apitype.ProofStep{Step: string(step), Result: v.resultOf(step, i-end)}
	}
	return list
}

// resultOf is that of the step so far behind the one that ended the proof, or before it.
func (v *Verification) resultOf(step evidence.Step, behind int) string {
	switch {
	case behind > 0:
		return apitype.StepNotReached
	case behind == 0 && v.Authenticity.Result == resultForged:
		return apitype.StepFailed
	case behind == 0, step == evidence.StepRevocation && !v.listed:
		return apitype.StepUnchecked
	}
	return apitype.StepPassed
}
