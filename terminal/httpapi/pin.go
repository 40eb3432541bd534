package httpapi

import (
	"net/http"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

// The PIN is entered at our own page, where pin.entry is console. A page on the allow-list, which may be the one that
// called the function, sees neither the prompts nor the PIN.

func (a *api) prompts(w http.ResponseWriter, _ *http.Request) {
	list := apitype.PINPrompts{Prompts: []apitype.PINPrompt{}}
	if a.desk != nil {
		for _, p := range a.desk.Prompts() {
			list.Prompts = append(list.Prompts, apitype.PINPrompt{ID: p.ID, Prompt: string(p.Prompt)})
		}
	}
	writeDocument(w, list)
}

func (a *api) answerPrompt(w http.ResponseWriter, r *http.Request) {
	if !a.spendPIN(w, r) {
		return
	}
	var body apitype.PINAnswer
	if err := readBody(r, &body); err != nil {
		writeCode(w, r, apitype.RequestInvalid, `want {"pin": "…"} or {"cancel": true}`) // the error itself may quote the PIN
		return
	}
	pin := terminal.PIN(nil)
	if !body.Cancel {
		pin = append(terminal.PIN{}, body.PIN...)
	}
	if a.desk == nil || !a.desk.Answer(r.PathValue("id"), pin) {
		writeNoSuchPath(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
