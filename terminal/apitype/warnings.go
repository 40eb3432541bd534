package apitype

// Warning codes: what a value that is there and looks wrong contradicts.
const (
	WarnTextUndecodable   = "text.undecodable"
	WarnCardIDFormat      = "card_id.format"
	WarnCardIDRegion      = "card_id.region"
	WarnCardNumberDigit   = "card_number.check_digit"
	WarnExpiryBeforeIssue = "expiry_date.before_issue_date"
	WarnExpired           = "expiry_date.expired"
	WarnSocialNumberDigit = "social_security_number.check_digit"
	WarnSocialNumberBirth = "social_security_number.birth_date"
	WarnSocialNumberSex   = "social_security_number.sex"
)

// Text is the warning in words.
func (w Warning) Text() Text { return warnings[w.Code] }

var warnings = map[string]Text{
	WarnTextUndecodable:   {"含有无法识别的汉字编码", "holds bytes that are no character"},
	WarnCardIDFormat:      {"格式不符合规范", "has another form than the standard's"},
	WarnCardIDRegion:      {"地区与卡复位信息不一致", "names another region than the card's historical bytes"},
	WarnCardNumberDigit:   {"校验位不符", "has a wrong check digit"},
	WarnExpiryBeforeIssue: {"早于发卡日期", "lies before the date of issue"},
	WarnExpired:           {"已过期", "is over"},
	WarnSocialNumberDigit: {"校验位不符", "has a wrong check digit"},
	WarnSocialNumberBirth: {"与出生日期不一致", "says another date of birth"},
	WarnSocialNumberSex:   {"与性别不一致", "says another sex"},
}
