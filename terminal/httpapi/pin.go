package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

// The PIN is entered at our own page, where pin.entry is console. A page on the allow-list, which may be the one that
// called the function, sees neither the prompts nor the PIN.

// maxWait is how many seconds a page may wait for a prompt, within the time that an answer has.
const maxWait = 30

// prompts lists them, or waits until they are others than those that the page has seen.
func (a *api) prompts(w http.ResponseWriter, r *http.Request) {
	wait, ok := number(w, r, "wait", 0, maxWait, 0)
	if !ok {
		return
	}
	now := a.desk.Prompts()
	if wait > 0 {
		ctx, leave, refusal := a.door.Stay(r.Context(), callerOf(r).Caller)
		if refusal != nil {
			writeRefusal(w, r, refusal)
			return
		}
		defer leave()
		now = a.awaitPrompts(ctx, time.Duration(wait)*time.Second, ids(r.URL.Query().Get("seen")))
	}
	list := apitype.PINPrompts{Prompts: make([]apitype.PINPrompt, len(now))}
	for i, p := range now {
		list.Prompts[i] = apitype.PINPrompt{
			ID: p.ID, Prompt: string(p.Kind), Reader: apitype.ReaderRef{ID: p.Reader.ID, Name: p.Reader.Name}, Caller: p.Caller,
		}
	}
	writeDocument(w, list)
}

// awaitPrompts waits no longer than the server does.
func (a *api) awaitPrompts(ctx context.Context, wait time.Duration, seen []string) []terminal.DeskPrompt {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(a.ending, cancel)()
	return a.desk.Await(ctx, seen)
}

func ids(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' })
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
	if !a.desk.Answer(r.PathValue("id"), pin) {
		writeNoSuchPath(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
