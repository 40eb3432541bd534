package main

import (
	"slices"

	"sscard/apdu"
	"sscard/apdu/trace"
)

// masked stands in the place of what may be personal.
const masked = "••••"

// impersonalCommands have no data that tells who the holder is: names, random numbers and answers to them.
var impersonalCommands = []byte{
	apdu.InsSelect, apdu.InsGetChallenge, apdu.InsVerify, apdu.InsExternalAuthenticate, apdu.InsInitEnvironment,
}

// maskStep is a step as it may be shown to anybody: records that describe the card, and what is no data of a file.
func maskStep(step trace.Step, shown shownStep) shownStep {
	if slices.Contains(impersonalCommands, step.Command.INS) && !step.Malformed {
		return shown
	}
	if len(step.Command.Data) > 0 || step.Malformed {
		shown.Command = masked
	}
	if len(step.Data) == 0 {
		return shown
	}
	open := step.Command.INS == apdu.InsReadRecord && len(shown.Objects) > 0
	for i, o := range shown.Objects {
		if !impersonal(step, o) {
			shown.Objects[i].Value, shown.Objects[i].Text, shown.Objects[i].Objects = masked, "", nil
			open = false
		}
	}
	if !open {
		shown.Response = masked
	}
	return shown
}

func impersonal(step trace.Step, o shownObject) bool {
	tag, err := apdu.ParseHex(o.Tag)
	return err == nil && len(tag) == 1 && step.Command.INS == apdu.InsReadRecord && trace.Impersonal(step.Place.Application, tag[0])
}
