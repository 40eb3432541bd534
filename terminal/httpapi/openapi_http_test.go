package httpapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// held holds everything that a handler is asked and answers against the document.
func held(t testing.TB, next http.Handler) http.Handler {
	return heldAs(t, next, func(path string) string { return path })
}

// heldAs is held for a server whose paths stand in the document as others.
func heldAs(t testing.TB, next http.Handler, documented func(path string) string) http.Handler {
	d := openapi()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := &heard{ReadCloser: r.Body}
		r.Body = asked
		answer := &answered{ResponseWriter: w, t: t, operation: d.find(r.Method, documented(r.URL.Path)), status: http.StatusOK}
		next.ServeHTTP(answer, r)
		if err := d.checkExchange(r, asked.body.Bytes(), answer); err != nil {
			t.Errorf("%s %s: %d is not as docs/openapi.yaml has it: %v\n%.1000s", r.Method, r.URL.Path, answer.status, err, answer.body.String())
		}
	})
}

// heard is a request's body and what was read of it.
type heard struct {
	io.ReadCloser
	body bytes.Buffer
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.body.Write(b[:n])
	return n, err
}

// answered is an answer, kept.
type answered struct {
	http.ResponseWriter
	t         testing.TB
	operation *operation
	status    int
	body      bytes.Buffer
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(b []byte) (int, error) {
	a.body.Write(b)
	return a.ResponseWriter.Write(b)
}

func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Hijack has the messages of a WebSocket held against the document too.
func (a *answered) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil || a.operation == nil {
		return conn, rw, err
	}
	heard := newOverheard(a.t, conn, a.operation)
	rw.Writer.Reset(heard) // nothing is in it yet
	return heard, rw, nil
}

// checkExchange holds one request and its answer against the document.
func (d *description) checkExchange(r *http.Request, asked []byte, a *answered) error {
	if r.Method == http.MethodOptions && a.status == http.StatusNoContent {
		return d.checkHeaders(a.Header(), d.Components.Responses["Preflight"].Value, "/components/responses/Preflight")
	}
	if a.operation == nil {
		return d.checkNowhere(a)
	}
	response, at := d.response(a.operation, a.status)
	if response == nil {
		return fmt.Errorf("status: %w", errUndocumented)
	}
	if err := d.checkHeaders(a.Header(), response, at); err != nil {
		return err
	}
	if a.status == http.StatusSwitchingProtocols || r.Method == http.MethodHead {
		d.reached.status(a.operation, a.status)
		return nil
	}
	document, err := d.checkContent(a.Header().Get("Content-Type"), a.body.Bytes(), response, at)
	if err != nil {
		return err
	}
	code := codeIn(a, document)
	if code != "" && !slices.Contains(a.operation.codes, code) {
		return fmt.Errorf("code %s: %w", code, errUndocumented)
	}
	d.reached.answer(a.operation, a.status, code, document)
	if strings.HasPrefix(code, "request.") || code == "internal" || a.status == http.StatusRequestTimeout {
		return nil // what was refused, or not come to, may have been anything
	}
	if err := d.checkQuery(a.operation, r); err != nil {
		return err
	}
	return d.checkBody(a.operation, asked)
}

// checkNowhere is for an answer to what is no operation.
func (d *description) checkNowhere(a *answered) error {
	name, is := map[int]string{401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 429: "RateLimited"}[a.status]
	if !is {
		return fmt.Errorf("status: %w", errUndocumented)
	}
	response, at := d.Components.Responses[name].Value, "/components/responses/"+name
	if err := d.checkHeaders(a.Header(), response, at); err != nil {
		return err
	}
	_, err := d.checkContent(a.Header().Get("Content-Type"), a.body.Bytes(), response, at)
	return err
}

// codeIn is the code of an answer that is a problem.
func codeIn(a *answered, document any) string {
	members, _ := document.(map[string]any)
	if a.status < http.StatusBadRequest {
		return ""
	}
	code, _ := members["code"].(string)
	return code
}

// checkQuery wants the parameters of an answered request to be what the document says.
func (d *description) checkQuery(o *operation, r *http.Request) error {
	for i, p := range o.Parameters {
		text := r.URL.Query().Get(p.Value.Name)
		if p.Value.In != "query" || text == "" {
			continue
		}
		var value any = text
		if p.Value.Schema.Value.Type.Is("integer") {
			value = json.Number(text)
		}
		at := pointer(p.Ref, o.at+"/parameters/"+strconv.Itoa(i))
		if err := d.validateValue(at+"/schema", value); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Value.Name, err)
		}
	}
	return nil
}

// checkBody wants the body of a request that was understood to fit its schema.
func (d *description) checkBody(o *operation, body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" || o.RequestBody == nil {
		if o.RequestBody != nil && o.RequestBody.Value.Required {
			return fmt.Errorf("no body: %w", errUndocumented)
		}
		return nil
	}
	at := pointer(o.RequestBody.Ref, o.at+"/requestBody")
	if _, err := d.validate(at+"/content/application~1json/schema", body); err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	return nil
}
