package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/function"
	"sscard/testdata"
)

// personal are the values of the test cards that tell a person: names, numbers, card numbers, card ids. Codes and
// versions are shorter.
var personal = regexp.MustCompile(`(?:text: "?|hex: )((?:\p{Han}|·){2,}|[0-9A-Z]{9,})`)

// persons are those of every card in the test data.
func persons(t *testing.T) (values []string) {
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		description, err := testdata.Cards.ReadFile(file)
		require.NoError(t, err)
		for _, m := range personal.FindAllSubmatch(description, -1) {
			if value := string(m[1]); len(strings.TrimLeft(value, "0")) > 2 { // a small number is nobody's, and stands everywhere
				values = append(values, value)
			}
		}
	}
	return values
}

// witness is what a daemon has told to those who must not know persons: in the log at its most talkative, in the audit log,
// in the metrics, in events, in health, and in refusals to callers.
type witness struct {
	*process
	heard strings.Builder
	given int // answers with data, which are the caller's own
}

// note hears an answer where it is a refusal.
func (w *witness) note(status int, answer []byte) {
	var result apitype.FunctionResult
	isResult := json.Unmarshal(answer, &result) == nil
	if status != http.StatusOK || isResult && result.Return != 0 {
		w.heard.Write(answer)
		return
	}
	w.given++
}

// ask sends a request with one header, and notes the answer.
func (w *witness) ask(method, path, body, header, value string) (answer []byte) {
	request, err := http.NewRequest(method, w.BaseURL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	request.Header.Set(header, value)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	require.NoError(w.t, err)
	w.note(response.StatusCode, answer)
	return answer
}

// read has a card read in every way.
func (w *witness) read(slot, page string) {
	body := `{"reader": "` + slot + `"}`
	w.note(post(w.t, w.Client, "/v1/read", body))
	w.ask(http.MethodPost, "/v1/read", body, "Origin", page)
	_, _ = post(w.t, w.Client, "/v1/read", `{"fields": ["张三"]}`) // the caller is told what he has said, and nobody else
	status, answer := post(w.t, w.Client, "/v1/read/begin", body)
	w.note(status, answer)
	w.note(post(w.t, w.Client, "/v1/read/finish", strings.Replace(string(answer), `"request":`, `"answer":`, 1)))
}

// call calls all functions, in both ways. A PIN is passed to two of them: callers may not try PINs as often as they like.
func (w *witness) call(params map[string]any, pin, newPIN string) {
	compat := w.socket("/compat")
	for _, f := range function.Functions() {
		params := maps.Clone(params)
		if f.Name == "iVerifyPIN" || f.Name == "iChangePIN" {
			params["pPIN"], params["pNewPIN"] = pin, newPIN
		}
		body, err := json.Marshal(params)
		require.NoError(w.t, err)
		w.note(post(w.t, w.Client, "/v1/functions/"+f.Name, string(body)))
		message := strings.Replace(string(body), "{", `{"function":"`+f.Name+`",`, 1)
		require.NoError(w.t, compat.Write(w.t.Context(), websocket.MessageText, []byte(message)))
		_, _, err = compat.Read(w.t.Context())
		require.NoError(w.t, err)
	}
}

// listen hears what the daemon tells of itself, and at its end what it has written.
func (w *witness) listen() {
	_, snapshot, err := w.socket("/v1/events").Read(w.t.Context())
	require.NoError(w.t, err)
	w.heard.Write(snapshot)
	for _, path := range []string{"/metrics", "/v1/health", "/v1/audit", "/v1/origins", "/v1/log?n=1000", "/v1/trace"} {
		w.heard.Write(w.ask(http.MethodGet, path, "", "Authorization", "Bearer "+w.Token))
	}
	w.heard.Write(w.ask(http.MethodPost, "/v1/doctor", "", "Authorization", "Bearer "+w.Token))
	w.heard.Write(w.ask(http.MethodPost, "/v1/trace/stop", "", "Authorization", "Bearer "+w.Token))
	w.signal(syscall.SIGTERM)
	require.Zero(w.t, w.ended().ExitCode())
	auditLog, err := os.ReadFile(filepath.Join(w.dir, "audit.log"))
	require.NoError(w.t, err)
	w.heard.Write(auditLog)
	w.heard.WriteString(w.stderr.String())
}

// A day at the counter, with everything that can be called, rightly and wrongly, on every card: of the persons, the PINs
// and the token nothing is told.
func TestNothingPersonalIsTold(t *testing.T) {
	const pin, newPIN, page = "739164", "482905", "https://hall.example"
	readers, slots := "readers:\n  - {name: SAM 00, card: psam}\n  - {name: Broken 00, card: gen2, fault: short-record@2+}\n", []string{"Broken 00"}
	for i, card := range cardNames(t) {
		slots = append(slots, fmt.Sprintf("Window %d 00", i))
		readers += fmt.Sprintf("  - {name: Window %d 00, card: %s}\n", i, card)
	}
	file := filepath.Join(t.TempDir(), "sscard.yaml")
	require.NoError(t, os.WriteFile(file, []byte(
		"log: {level: debug}\npin: {entry: request}\nreaders: [{match: SAM, role: sam}]\norigins: [{origin: "+page+", fields: [issuer.card_number]}]\n"), 0o600))
	w := &witness{process: serveProcess(t, nil, "--config", file, "--driver", hallFile(t, readers))}
	w.ask(http.MethodPost, "/v1/trace", "", "Authorization", "Bearer "+w.Token)
	for _, slot := range slots {
		w.read(slot, page)
	}
	for _, card := range []string{"510100D15600000500000023FFFFFFFF|H00000047|", "nonsense"} {
		w.call(map[string]any{
			"iType": 1, "iAuthType": 1, "pCardInfo": card, "pFileAddr": "SSSEEF06|07$08$|", "pWriteData": "李四|", "pPayInfo": "1", "pKey": "0",
		}, pin, newPIN)
	}
	w.listen()

	require.Greater(t, w.given, 2*len(cardNames(t)), "cards were read")
	for _, kind := range []string{
		"msg=request", `"event":"read"`, `"event":"pin"`, `"event":"write"`, "sscard_operations_total{", `"type":"snapshot"`, `"code":"data.malformed"`,
		`"message":"sessions with cards are recorded in memory"`, `"trace":"# sscard trace 1`, `"code":"card.ok"`,
	} {
		require.True(t, strings.Contains(w.heard.String(), kind), "nothing was heard of %s", kind)
	}
	for _, secret := range append(persons(t), pin, newPIN, w.Token) {
		require.False(t, strings.Contains(w.heard.String(), secret), "%s was told", secret)
	}
}
