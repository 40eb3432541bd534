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
	"pin":         {"验证 PIN", "PIN"},
	"certificate": {"读取卡证书", "certificate can be read"},
	"key":         {"证书中的公钥", "key of the certificate"},
	"answer":      {"卡的应答", "answer to the challenge"},
	"profile":     {"签名方式", "way of signing"},
	"signature":   {"签名", "signature"},
	"chain":       {"证书链", "certificate chain"},
	"usage":       {"证书用途", "use of the certificate"},
	"validity":    {"证书有效期", "validity of the certificates"},
	"revocation":  {"吊销状态", "revocation"},
	"card_number": {"证书中的卡号", "card number of the certificate"},
	"irk":         {"内部认证密钥", "internal authentication"},
}

// Text is the step in words.
func (s ProofStep) Text() Text { return steps[s.Step] }
