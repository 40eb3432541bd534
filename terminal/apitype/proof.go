package apitype

// ProofStep is one step of a proof of authenticity and what came of it.
type ProofStep struct {
	Step   string `json:"step"`
	Result string `json:"result"`
}

// Results of a step.
const (
	StepPassed     = "passed"
	StepFailed     = "failed"      // the card is not genuine
	StepUnchecked  = "unchecked"   // nobody could tell
	StepNotReached = "not_reached" // one before it ended the proof
)

var steps = map[string]Text{
	"certificate": {"证书", "certificate"},
	"key":         {"公钥", "key"},
	"pin":         {"PIN", "PIN"},
	"answer":      {"卡的应答", "answer"},
	"profile":     {"签名方式", "way of signing"},
	"signature":   {"签名", "signature"},
	"chain":       {"证书链", "chain"},
	"usage":       {"证书用途", "usage"},
	"validity":    {"有效期", "validity"},
	"revocation":  {"吊销", "revocation"},
	"card_number": {"卡号", "card number"},
	"irk":         {"内部认证密钥", "internal authentication key"},
}

// Text is the step in words.
func (s ProofStep) Text() Text { return steps[s.Step] }
