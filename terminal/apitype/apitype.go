// Package apitype is what counter software and the daemon say to each other: the JSON documents and the error
// codes with everything that follows from a code. It imports nothing of this project, so that a client
// can use it alone. All types are plain values.
package apitype

import "time"

// ReadDocument is what a read returns, over HTTP and from `sscard read --json` alike.
type ReadDocument struct {
	Reader          ReaderRef    `json:"reader"`
	Interface       string       `json:"interface"` // contact, contactless
	ATR             string       `json:"atr"`       // hexadecimal
	HistoricalBytes string       `json:"historical_bytes"`
	Generation      int          `json:"generation"`
	Algorithm       string       `json:"algorithm,omitempty"` // DES, SSF33, SM4
	RegionCode      string       `json:"region_code,omitempty"`
	Issuer          Fields       `json:"issuer,omitempty"`
	Holder          Fields       `json:"holder,omitempty"`
	Local           Fields       `json:"local,omitempty"` // what a region keeps beside the national data
	Authenticity    Authenticity `json:"authenticity"`
	Missing         []Missing    `json:"missing"`
	Warnings        []Warning    `json:"warnings"`
	Exchanges       int          `json:"exchanges"` // command-response pairs with the user card
	ElapsedMS       float64      `json:"elapsed_ms"`
}

// ReaderRef names a reader.
type ReaderRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Authenticity says how far the card was proved genuine: method none, irk or sm2; result unchecked, genuine
// or not_genuine.
type Authenticity struct {
	Method string `json:"method"`
	Result string `json:"result"`
}

// Missing names a field, or a whole group of them, that is not in the document, and why.
type Missing struct {
	Field  string `json:"field"`
	Reason Code   `json:"reason"`
}

// Warning names a field whose value is there and looks wrong. It is never a reason to refuse the card.
type Warning struct {
	Code  string `json:"code"`
	Field string `json:"field"`
}

// ReadRequest is the body of POST /v1/read. Every member is optional.
type ReadRequest struct {
	Reader    string   `json:"reader,omitempty"`
	Interface string   `json:"interface,omitempty"` // auto, contact, contactless
	Fields    []string `json:"fields,omitempty"`    // "holder.name", or a group: "holder"
	TimeoutMS int      `json:"timeout_ms,omitempty"`
}

// PendingRead is the answer of POST /v1/read/begin: what the back end's HSM must answer before the session ends.
type PendingRead struct {
	Session string `json:"session"`
	Request string `json:"request"` // 行政区划|卡复位信息|算法标识|卡识别码|内部因子|内部原始|外部因子|外部原始|
}

// FinishRead is the body of POST /v1/read/finish.
type FinishRead struct {
	Session string `json:"session"`
	Answer  string `json:"answer"`
}

// VerifyRequest is the body of POST /v1/verify. Nonce is wanted, and so is Origin of callers that are no web page: a page
// has its own.
type VerifyRequest struct {
	Reader    string   `json:"reader,omitempty"`
	Interface string   `json:"interface,omitempty"` // auto, contact, contactless
	Nonce     string   `json:"nonce"`               // hexadecimal, 16 to 64 bytes
	Origin    string   `json:"origin,omitempty"`    // who asks, as the back end knows him
	Fields    []string `json:"fields,omitempty"`    // to read in the same session and bind into the evidence
	TimeoutMS int      `json:"timeout_ms,omitempty"`
}

// Verification is the answer of POST /v1/verify. Reason, and the step that failed, are there unless the card is genuine.
type Verification struct {
	Result    string        `json:"result"` // genuine, not_genuine, unchecked
	Reason    Code          `json:"reason,omitempty"`
	Step      string        `json:"step,omitempty"`     // certificate, key, signature, chain, usage, validity, revocation, card_number, …
	Steps     []ProofStep   `json:"steps"`              // all of them, in the order in which they are checked
	Method    string        `json:"method"`             // sm2, irk, none
	Evidence  string        `json:"evidence,omitempty"` // the token for a back end (docs/evidence.md)
	Reader    ReaderRef     `json:"reader"`
	Read      *ReadDocument `json:"read,omitempty"` // of the fields that were asked for
	Exchanges int           `json:"exchanges"`
	ElapsedMS float64       `json:"elapsed_ms"`
}

// Proof is what `sscard evidence check --json` says of evidence that holds.
type Proof struct {
	Valid      bool   `json:"valid"`
	Step       string `json:"step,omitempty"`   // that failed
	Reason     Code   `json:"reason,omitempty"` // why
	CardID     string `json:"card_id,omitempty"`
	CardNumber string `json:"card_number,omitempty"` // 卡号 of the certificate
	Time       string `json:"time,omitempty"`        // RFC 3339, of the terminal
	Profile    string `json:"profile,omitempty"`
}

// PINPrompts is the answer of GET /v1/pin: the PINs that are waited for.
type PINPrompts struct {
	Prompts []PINPrompt `json:"prompts"`
}

// PINPrompt is one PIN: current, new, or repeat. Caller is the web origin for which it is asked; a program has none.
type PINPrompt struct {
	ID     string    `json:"id"`
	Prompt string    `json:"prompt"`
	Reader ReaderRef `json:"reader"` // with the card that it is for
	Caller string    `json:"caller,omitempty"`
}

// PINAnswer is the body of POST /v1/pin/{id}.
type PINAnswer struct {
	PIN    string `json:"pin,omitempty"`
	Cancel bool   `json:"cancel,omitempty"`
}

// Readers is the answer of GET /v1/readers.
type Readers struct {
	Readers []Reader `json:"readers"`
}

// Reader is one slot; Card is null while it is empty.
type Reader struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`      // card, sam
	Interface string `json:"interface"` // contact, contactless, unknown
	Card      *Card  `json:"card"`
}

// Card is what is known of a card without reading it.
type Card struct {
	ATR   string    `json:"atr"`
	Since time.Time `json:"since"`
}

// Version is the answer of GET /v1/version and of `sscard version --json`.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	API     string `json:"api"`
}

// Problem is an error as RFC 9457 has it, application/problem+json.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Code      Code   `json:"code"`
	Retryable bool   `json:"retryable"`
	Hint      Text   `json:"hint"`
	RequestID string `json:"request_id,omitempty"`
	SW        string `json:"sw,omitempty"` // where the card gave a status word
}

// Text is a sentence in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in the language, "zh" or else English.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.ZH
	}
	return t.EN
}

// NewProblem is the problem that code stands for. Detail is for whoever mends it, in English.
func NewProblem(code Code, detail string) Problem {
	e := code.Entry()
	return Problem{
		Type: "urn:sscard:error:" + string(code), Title: e.Title.EN, Status: e.HTTP, Detail: detail,
		Code: code, Retryable: e.Retryable, Hint: e.Hint,
	}
}
