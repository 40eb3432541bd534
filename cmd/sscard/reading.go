package main

import (
	"fmt"
	"strings"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// printReading shows a document as a person would like to see it: labels and codes in words, in the person's
// language.
func (p *program) printReading(d apitype.ReadDocument, profiles *profile.Set) error {
	var t table
	t.row(p.say(sayReader), d.Reader.Name)
	t.row(p.say(sayInterface), p.sayInterface(reader.Interface(d.Interface)))
	t.row(p.say(sayGeneration), strings.Join(present(fmt.Sprintf("%d.0", d.Generation), d.Algorithm, d.RegionCode), " · "))
	fields := profiles.Layout(d.Issuer.Get("spec_version"), d.RegionCode).Named()
	for _, group := range []struct {
		name   string
		fields apitype.Fields
	}{{"issuer", d.Issuer}, {"holder", d.Holder}, {"local", d.Local}} {
		for _, f := range group.fields {
			spec := fields[group.name+"."+f.Name]
			t.row(p.label(spec.Label, f.Name), p.inWords(spec, f.Value))
		}
	}
	for _, m := range d.Missing {
		t.row(p.say(sayMissing), p.label(fields[m.Field].Label, m.Field)+": "+m.Reason.Entry().Title.In(p.lang))
	}
	for _, w := range d.Warnings {
		t.row(p.say(sayWarning), p.label(fields[w.Field].Label, w.Field)+" "+w.Text().In(p.lang))
	}
	t.row(p.say(sayAuthenticity), p.sayResult(d.Authenticity))
	t.row(p.say(sayExchanges), fmt.Sprintf("%d, %.1f ms", d.Exchanges, d.ElapsedMS))
	return t.print(p.stdout)
}

func (p *program) label(l profile.Label, otherwise string) string {
	switch {
	case p.lang == "zh" && l.ZH != "":
		return l.ZH
	case l.EN != "":
		return l.EN
	}
	return otherwise
}

// inWords adds what a code means.
func (p *program) inWords(f profile.Field, value string) string {
	meaning, known := f.Values[value]
	if !known {
		return value
	}
	return fmt.Sprintf("%s (%s)", p.label(meaning, value), value)
}

func (p *program) sayResult(a apitype.Authenticity) string {
	result := map[string]message{"unchecked": sayUnchecked, "genuine": sayGenuine, "not_genuine": sayNotGenuine}[a.Result]
	if a.Method == "none" {
		return p.say(result)
	}
	return fmt.Sprintf("%s (%s)", p.say(result), strings.ToUpper(a.Method))
}

func present(parts ...string) []string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return there
}
