package terminal

import (
	"strings"
	"time"

	"sscard/apdu"
	"sscard/terminal/apitype"
)

// check warns of values that contradict themselves or each other (LD/T 32; GB 11643). Cards with wrong check
// digits are in use: a warning is never a refusal. A value that is not there is not checked.
func (r *Reading) check() {
	for _, c := range checks {
		if value := r.text(c.field); value != "" && c.wrong(r, value) {
			r.warn(c.code, c.field)
		}
	}
}

const (
	fieldCardNumber = "issuer.card_number"
	fieldIssued     = "issuer.issue_date"
	fieldExpires    = "issuer.expiry_date"
	fieldNumber     = "holder.social_security_number"
	fieldSex        = "holder.sex"
	fieldBirth      = "holder.birth_date"
)

var checks = [...]struct {
	code, field string
	wrong       func(r *Reading, value string) bool
}{
	{apitype.WarnCardIDFormat, fieldCardID, wrongCardID},
	{apitype.WarnCardIDRegion, fieldCardID, wrongRegion},
	{apitype.WarnCardNumberDigit, fieldCardNumber, wrongCardNumber},
	{apitype.WarnExpiryBeforeIssue, fieldExpires, func(r *Reading, v string) bool { return v < r.text(fieldIssued) }},
	{apitype.WarnExpired, fieldExpires, func(_ *Reading, v string) bool { return v < time.Now().Format(time.DateOnly) }},
	{apitype.WarnSocialNumberDigit, fieldNumber, func(_ *Reading, v string) bool { return isIDNumber(v) && idCheckDigit(v) != v[17] }},
	{apitype.WarnSocialNumberBirth, fieldNumber, wrongBirthDate},
	{apitype.WarnSocialNumberSex, fieldNumber, wrongSex},
}

func (r *Reading) warn(code, field string) {
	r.Warnings = append(r.Warnings, apitype.Warning{Code: code, Field: field})
}

// Text is the field's value, or "" where it was not read.
func (r *Reading) Text(field string) PII {
	for _, f := range r.Fields {
		if f.Name == field {
			return f.Value
		}
	}
	return ""
}

func (r *Reading) text(field string) string { return r.Text(field).Reveal() }

// wrongCardID: region of 6 digits, D156000005, serial and authentication code of 8 hexadecimal digits each.
func wrongCardID(_ *Reading, id string) bool {
	return len(id) != 32 || regionOf(id) == "" || id[6:16] != "D156000005"
}

// wrongRegion compares the region in the 卡识别码 with T8-T9 of the 13 historical bytes, which are its first
// four digits.
func wrongRegion(r *Reading, _ string) bool {
	const t8, t9end, all = 7, 9, 13
	return r.RegionCode != "" && len(r.Historical) == all && apdu.Hex(r.Historical[t8:t9end]) != r.RegionCode[:4]
}

// wrongCardNumber: eight digits or capital letters with weights 3 7 9 10 5 8 4 2, A counting 10 to Z 35, and 11 less
// the remainder by 11, where 10 is X and 11 is 0 (社会保障卡文件结构和数据项, annex A).
func wrongCardNumber(_ *Reading, number string) bool {
	weights := [...]int{3, 7, 9, 10, 5, 8, 4, 2}
	if len(number) != len(weights)+1 {
		return true
	}
	sum := 0
	for i, w := range weights {
		n := strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", number[i])
		if n < 0 {
			return true
		}
		sum += w * n
	}
	return "0X987654321"[sum%11] != number[8]
}

// isIDNumber tells a citizen's number (GB 11643) from the numbers given to others, which have no check digit.
func isIDNumber(number string) bool {
	return len(number) == 18 && allDigits(number[:17]) && strings.IndexByte("0123456789X", number[17]) >= 0
}

func idCheckDigit(number string) byte {
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(number[i]-'0')
	}
	return "10X98765432"[sum%11]
}

func wrongBirthDate(r *Reading, number string) bool {
	birth := strings.ReplaceAll(r.text(fieldBirth), "-", "")
	return isIDNumber(number) && birth != "" && number[6:14] != birth
}

// wrongSex: the 17th digit is odd for men; the field is 1 for men, 2 for women.
func wrongSex(r *Reading, number string) bool {
	sex := r.text(fieldSex)
	return isIDNumber(number) && (sex == "1" || sex == "2") && (number[16]-'0')%2 != sex[0]&1
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
