package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/coder/websocket"

	"sscard/terminal/door"
	"sscard/terminal/function"
)

// compat serves pages written for the programs of reader vendors: a WebSocket that takes a function's call as one JSON
// message and answers with another. Each vendor has its own members; a dialect translates them.
func (a *api) compat(w http.ResponseWriter, r *http.Request) {
	a.sockets.serve(w, r, func(s *socket) {
		for {
			_, message, err := s.Read(s.ctx)
			if err != nil || a.reply(s, callerOf(r), message) != nil {
				return
			}
		}
	})
}

func (a *api) reply(s *socket, caller caller, message []byte) error {
	s.answering.Lock()
	defer s.answering.Unlock()
	return s.Write(s.ctx, websocket.MessageText, a.speak(s.ctx, caller, message))
}

// speak answers one message in the dialect that it is in.
func (a *api) speak(ctx context.Context, caller caller, message []byte) []byte {
	ctx, cancel := context.WithTimeout(ctx, maxTimeout)
	defer cancel()
	for _, d := range dialects {
		name, params, err := d.understand(message)
		if errors.Is(err, errOtherDialect) || !utf8.Valid(message) {
			continue
		}
		if err != nil {
			return d.answer(name, refused(err))
		}
		return d.answer(name, a.callOld(ctx, caller, name, params))
	}
	return dialects[0].answer("", refused(errOtherDialect))
}

// refused is, by annex A.1, what a problem would say elsewhere.
func refused(err error) function.Result {
	switch {
	case errors.Is(err, function.ErrUnknown):
		return function.Result{Return: -13, OutInfo: "不支持该命令"}
	case errors.Is(err, function.ErrParams):
		return function.Result{Return: -14, OutInfo: "命令参数错"}
	}
	return function.Result{Return: -23, OutInfo: "传入数据不合法"}
}

func (a *api) callOld(ctx context.Context, caller caller, name string, params function.Params) function.Result {
	if caller.limited() {
		return function.Result{Return: -14, OutInfo: "不允许该来源调用"}
	}
	if refusal := a.spendMessage(ctx, caller, name, params); refusal != nil {
		entry := refusal.Code.Entry()
		return function.Result{Return: entry.Function, OutInfo: entry.Title.ZH}
	}
	result, err := a.functions.Call(ctx, name, params)
	if err != nil {
		return refused(err)
	}
	return result
}

// spendMessage counts a call that came in a socket as one that came as a request.
func (a *api) spendMessage(ctx context.Context, caller caller, name string, params function.Params) *door.Refusal {
	if refusal := a.door.Message(ctx, caller.Caller); refusal != nil || !function.TriesPIN(name, params) {
		return refusal
	}
	return a.door.PIN(caller.Caller)
}

var errOtherDialect = errors.New("another dialect")

// dialect is one vendor's form of calls and answers.
type dialect struct {
	understand func(message []byte) (name string, params function.Params, err error)
	answer     func(name string, result function.Result) []byte
}

var dialects = [...]dialect{
	{understandNamed, answerNamed},
	{understandListed, answerListed},
}

// understandNamed: {"function":"iReadCardBas","iType":3}, where the number may be text.
func understandNamed(message []byte) (string, function.Params, error) {
	var call struct {
		Function string          `json:"function"`
		Type     json.RawMessage `json:"iType"` // these two stand in the place of those of Params
		AuthType json.RawMessage `json:"iAuthType"`
		function.Params
	}
	err := json.Unmarshal(message, &call)
	if call.Function == "" {
		return "", function.Params{}, errOtherDialect
	}
	if err != nil {
		return call.Function, function.Params{}, err
	}
	if call.Params.Type, err = wholeNumber(call.Type); err == nil {
		call.Params.AuthType, err = wholeNumber(call.AuthType)
	}
	return call.Function, call.Params, err
}

// wholeNumber is a number, which pages that have it from a form write as text; nil where there is none.
func wholeNumber(value json.RawMessage) (n *int, err error) {
	if text := ""; json.Unmarshal(value, &text) == nil {
		value = []byte(text)
	}
	if len(value) > 0 && json.Unmarshal(value, &n) != nil {
		return nil, fmt.Errorf("%w: %s is no number", function.ErrParams, value)
	}
	return n, nil
}

// answerNamed: success is "1", or the error's number.
func answerNamed(name string, result function.Result) []byte {
	success := "1"
	if result.Return != 0 {
		success = strconv.Itoa(result.Return)
	}
	return encode(struct {
		Name    string `json:"functionName"`
		Success string `json:"success"`
		OutInfo string `json:"pOutInfo"`
	}{name, success, result.OutInfo})
}

// understandListed: {"func":"iReadCardBas","in":["3"]}, the parameters in the order of the C interface, where "3" may be 3.
func understandListed(message []byte) (string, function.Params, error) {
	var call struct {
		Func string            `json:"func"`
		In   []json.RawMessage `json:"in"`
	}
	err := json.Unmarshal(message, &call)
	if call.Func == "" {
		return "", function.Params{}, errOtherDialect
	}
	if err != nil {
		return call.Func, function.Params{}, err
	}
	values := make([]string, len(call.In))
	for i, value := range call.In {
		if json.Unmarshal(value, &values[i]) != nil { // it is no text: the number as it stands
			values[i] = string(value)
		}
	}
	params, err := function.ParseParams(call.Func, values)
	return call.Func, params, err
}

func answerListed(_ string, result function.Result) []byte {
	return encode(struct {
		Result int      `json:"result"`
		Out    []string `json:"out"`
	}{result.Return, []string{result.OutInfo}})
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers
	}
	return b
}
