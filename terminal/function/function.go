// Package function offers the functions of 人社信息函〔2016〕38号 over the terminal's use cases: their names,
// parameters, output forms and error numbers, for counter software that is written against them. Transports
// (HTTP, the WebSocket of old pages, the C library) carry parameters in and results out and know nothing
// else.
//
// A function that goes in steps holds the card between them. As in the standard the second step names no
// session: it goes on where its caller's last first step ended. A Library is safe for concurrent use.
package function

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// Result is what a function gives: 0 and its output, or its error number and what that means.
type Result = apitype.FunctionResult

// Function describes one: its name and the parameters that it takes, in the order of the C interface.
type Function struct {
	Name   string
	Params []string
}

// ErrParams says that a call has not the parameters of its function.
var ErrParams = errors.New("parameters")

// ErrUnknown says that there is no such function.
var ErrUnknown = errors.New("no such function")

// Library has the functions.
type Library struct {
	terminal *terminal.Terminal
	deviceNo string // 终端设备号, the last field of the basic data
	config   atomic.Pointer[Config]

	mu    sync.Mutex
	steps map[step]string // the session that the next step of a caller's function goes on with
}

// step is which function a caller is in the middle of.
type step struct{ caller, function string }

// Config is what an administrator decides of the functions.
type Config struct {
	PIN          terminal.PINEntry // how holders enter it; nil: they cannot
	PINInRequest bool              // callers may pass it instead: pPIN, pNewPIN
}

// New returns the functions over the terminal.
func New(t *terminal.Terminal, cfg Config) *Library {
	l := &Library{terminal: t, steps: make(map[step]string)}
	l.Reload(cfg)
	return l
}

// Reload has the administrator decide anew. Calls under way go on as they began.
func (l *Library) Reload(cfg Config) { l.config.Store(&cfg) }

// PIN is how holders enter it now; nil: they cannot.
func (l *Library) PIN() terminal.PINEntry { return l.config.Load().PIN }

// call is one call on its way. Callers are told apart by their names.
type call struct {
	*Library
	config *Config
	caller string
	params Params
}

type implementation struct {
	Function
	run func(*call, context.Context) (string, error)
}

// implementations are the functions, in the order of the standard.
var implementations = [...]implementation{
	{Function{"iReadCardBas", []string{"iType"}}, (*call).readCardBas},
	{Function{"iReadCardBas_HSM_Step1", []string{"iType"}}, (*call).readCardBasStep1},
	{Function{"iReadCardBas_HSM_Step2", []string{"pKey"}}, (*call).readCardBasStep2},
	{Function{"iReadCard", []string{"iType", "iAuthType", "pCardInfo", "pFileAddr"}}, (*call).readCard},
	{Function{"iReadCard_HSM_Step1", []string{"iType", "pCardInfo", "pFileAddr"}}, (*call).readCardStep1},
	{Function{"iReadCard_HSM_Step2", []string{"pKey"}}, (*call).readCardStep2},
	{Function{"iWriteCard", []string{"iType", "pCardInfo", "pFileAddr", "pWriteData"}}, (*call).writeCard},
	{Function{"iWriteCard_HSM_Step1", []string{"iType", "pCardInfo", "pFileAddr"}}, (*call).writeCardStep1},
	{Function{"iWriteCard_HSM_Step2", []string{"pKey", "pWriteData"}}, (*call).writeCardStep2},
	{Function{"iVerifyPIN", []string{"iType"}}, (*call).verifyPIN},
	{Function{"iChangePIN", []string{"iType"}}, (*call).changePIN},
	{Function{"iReloadPIN", []string{"iType", "pCardInfo"}}, resetPIN(terminal.Reload)},
	{Function{"iReloadPIN_HSM_Step1", []string{"iType", "pCardInfo"}}, resetPINStep1(terminal.Reload)},
	{Function{"iReloadPIN_HSM_Step2", []string{"pKey"}}, resetPINStep2(terminal.Reload)},
	{Function{"iReloadPIN_HSM_Step3", []string{"pKey"}}, resetPINStep3(terminal.Reload)},
	{Function{"iUnblockPIN", []string{"iType", "pCardInfo"}}, resetPIN(terminal.Unblock)},
	{Function{"iUnblockPIN_HSM_Step1", []string{"iType", "pCardInfo"}}, resetPINStep1(terminal.Unblock)},
	{Function{"iUnblockPIN_HSM_Step2", []string{"pKey"}}, resetPINStep2(terminal.Unblock)},
	{Function{"iUnblockPIN_HSM_Step3", []string{"pKey"}}, resetPINStep3(terminal.Unblock)},
	{Function{"iDoDebit", []string{"iType", "pCardInfo", "pPayInfo"}}, (*call).doDebit},
	{Function{"iDoDebit_HSM_Step1", []string{"iType", "pCardInfo", "pPayInfo"}}, (*call).doDebitStep1},
	{Function{"iDoDebit_HSM_Step2", []string{"pKey"}}, (*call).doDebitStep2},
	{Function{"iReadDebitRecord", []string{"iType"}}, (*call).readDebitRecord},
}

// Functions lists what there is.
func Functions() []Function {
	list := make([]Function, len(implementations))
	for i, f := range implementations {
		list[i] = f.Function
	}
	return list
}

// TriesPIN reports whether a call may have the card check a PIN.
func TriesPIN(name string, params Params) bool {
	return strings.Contains(name, "PIN") || params.PIN != nil || params.NewPIN != nil
}

// Call calls the function for the caller that ctx has ([terminal.WithCaller]). The error is about the call and wraps [ErrUnknown] or [ErrParams]; what the
// function itself fails with is in the result.
func (l *Library) Call(ctx context.Context, name string, params Params) (Result, error) {
	f, err := find(name)
	if err != nil {
		return Result{}, err
	}
	cfg := l.config.Load()
	if (params.PIN != nil || params.NewPIN != nil) && !cfg.PINInRequest {
		return Result{}, fmt.Errorf("%w: a PIN is not to be passed here (pin.entry)", ErrParams)
	}
	if missing := params.missing(f.Params); len(missing) > 0 {
		return Result{}, fmt.Errorf("%w: %s wants %s", ErrParams, name, strings.Join(missing, ", "))
	}
	caller := terminal.CallerOf(ctx)
	caller.Function = name
	ctx = terminal.WithCaller(ctx, caller)
	if !f.goesOn() {
		ctx = terminal.Anew(ctx)
	}
	out, err := f.run(&call{Library: l, config: cfg, caller: caller.Name(), params: params}, ctx)
	if err != nil {
		return failure(err), nil
	}
	return Result{OutInfo: out}, nil
}

// goesOn reports whether the function goes on where another ended.
func (f Function) goesOn() bool { return slices.Contains(f.Params, "pKey") }

func find(name string) (implementation, error) {
	i := slices.IndexFunc(implementations[:], func(f implementation) bool { return f.Name == name })
	if i < 0 {
		return implementation{}, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return implementations[i], nil
}

// numbered is an error with a number of its own in annex A.1.
type numbered struct {
	number int
	text   string
}

func (e *numbered) Error() string { return e.text }

// Numbers of annex A.1 that no code of ours has.
var (
	errNotGenuine  = &numbered{-21, "内部认证失败（用户卡不合法）"}
	errCardIDShape = &numbered{-20, "卡识别码格式错"}
	errParameter   = &numbered{-14, "命令参数错"}
	errData        = &numbered{-23, "传入数据不合法"}
	errRecord      = &numbered{-15, "卡内交易明细格式错"}
	errNoHSM       = &numbered{-2204, "不需要加密机认证"}
)

// failure numbers an error: its own number, -(SW) where a card gave a status word, or that of its code.
func failure(err error) Result {
	var own *numbered
	if errors.As(err, &own) {
		return Result{Return: own.number, OutInfo: own.text}
	}
	e := terminal.AsError(err)
	entry := e.Code.Entry()
	number := entry.Function
	if sw, ok := e.SW(); ok && !hasNumber(e.Code) {
		number = -int(sw)
	}
	return Result{Return: number, OutInfo: text(entry, e) + outcome(err)}
}

// hasNumber reports that the code's number goes before that of the status word: a SAM's word is not the card's, and
// the PIN has numbers of its own.
func hasNumber(code apitype.Code) bool {
	return strings.HasPrefix(string(code), "sam.") || strings.HasPrefix(string(code), "pin.")
}

func text(entry apitype.Entry, e *terminal.Error) string {
	if errors.Is(e, reader.ErrAmbiguous) { // a function cannot name the reader
		return "多个同类读卡器上有卡，请只留一张"
	}
	if errors.Is(e, reader.ErrInterface) {
		return "该读卡器的接口与 iType 不符"
	}
	if sw, ok := e.SW(); ok {
		if tries, told := sw.TriesLeft(); told {
			return fmt.Sprintf("%s，剩余%d次", entry.Title.ZH, tries)
		}
	}
	return entry.Title.ZH
}

// place is the reader, where the caller named one, and the interface that iType asks for.
func (c *call) place() (id string, is reader.Interface, err error) {
	wanted, known := map[int]reader.Interface{
		1: reader.Contact, 2: reader.Contactless, 3: reader.Unknown, 4: reader.ContactlessFirst,
	}[*c.params.Type]
	if !known {
		return "", "", errParameter
	}
	if c.params.Reader != nil {
		id = *c.params.Reader
	}
	return id, wanted, nil
}

// goOn remembers the session for the next step.
func (c *call) goOn(function, session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps[step{c.caller, function}] = session
}

// resume gives the session of the step before, once.
func (c *call) resume(function string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := step{c.caller, function}
	session := c.steps[at]
	delete(c.steps, at)
	return session
}
