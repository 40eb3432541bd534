package terminal

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/terminal/apitype"
)

// Every check with right and wrong values, at noon on 1 January 2000.
func TestWarnings(t *testing.T) {
	type fields map[string]string
	const (
		historical = "0081544C968684510100000001"
		cardID     = "510100D15600000500000001FFFFFFFF"
		man        = "510100200001010019"
	)
	for _, row := range []struct {
		name, historical string
		fields           fields
		warning          string // empty: none
	}{
		{"nothing was read", historical, nil, ""},

		{"card id", historical, fields{fieldCardID: cardID}, ""},
		{"card id, letters in its serial", historical, fields{fieldCardID: "510100D1560000050000000AFFFFFFFF"}, ""},
		{"card id cut short", historical, fields{fieldCardID: cardID[:30]}, "card_id.format"},
		{"card id too long", historical, fields{fieldCardID: cardID + "00"}, "card_id.format"},
		{"card id of another registry", historical, fields{fieldCardID: "510100D15600000600000001FFFFFFFF"}, "card_id.format"},
		{"card id without a region", historical, fields{fieldCardID: "5101A0D15600000500000001FFFFFFFF"}, "card_id.format"},

		{"region of another county", historical, fields{fieldCardID: "510199D15600000500000001FFFFFFFF"}, ""},
		{"region of another city", historical, fields{fieldCardID: "330100D15600000500000001FFFFFFFF"}, "card_id.region"},
		{"historical bytes of an older form", historical[2:], fields{fieldCardID: "330100D15600000500000001FFFFFFFF"}, ""},
		{"no historical bytes", "", fields{fieldCardID: cardID}, ""},

		{"card number", historical, fields{fieldCardNumber: "A00000003"}, ""},
		{"card number ending in X", historical, fields{fieldCardNumber: "D2143569X"}, ""},
		{"card number ending in 0", historical, fields{fieldCardNumber: "100000040"}, ""},
		{"card number of two letters", historical, fields{fieldCardNumber: "ET000077X"}, ""},
		{"card number, wrong digit", historical, fields{fieldCardNumber: "A00000004"}, "card_number.check_digit"},
		{"card number, X for a digit", historical, fields{fieldCardNumber: "A0000000X"}, "card_number.check_digit"},
		{"card number, small letter", historical, fields{fieldCardNumber: "a00000003"}, "card_number.check_digit"},
		{"card number cut short", historical, fields{fieldCardNumber: "A0000000"}, "card_number.check_digit"},
		{"card number too long", historical, fields{fieldCardNumber: "A000000030"}, "card_number.check_digit"},
		{"card number in Chinese", historical, fields{fieldCardNumber: "卡卡卡"}, "card_number.check_digit"},

		{"expires after its issue", historical, fields{fieldIssued: "2000-01-01", fieldExpires: "2010-01-01"}, ""},
		{"expires on the day of its issue", historical, fields{fieldIssued: "2010-01-01", fieldExpires: "2010-01-01"}, ""},
		{"expires before its issue", historical, fields{fieldIssued: "2010-01-02", fieldExpires: "2010-01-01"}, "expiry_date.before_issue_date"},
		{"expires, issue not known", historical, fields{fieldExpires: "2010-01-01"}, ""},

		{"expires today", historical, fields{fieldExpires: "2000-01-01"}, ""},
		{"expired yesterday", historical, fields{fieldExpires: "1999-12-31"}, "expiry_date.expired"},

		{"number", historical, fields{fieldNumber: man}, ""},
		{"number ending in X", historical, fields{fieldNumber: "11010519491231002X"}, ""},
		{"number, wrong digit", historical, fields{fieldNumber: man[:17] + "8"}, "social_security_number.check_digit"},
		{"number, X for a digit", historical, fields{fieldNumber: man[:17] + "X"}, "social_security_number.check_digit"},
		{"number of a foreigner", historical, fields{fieldNumber: "CHN200001010019000"}, ""},
		{"number of 15 digits", historical, fields{fieldNumber: "510100000101001"}, ""},

		{"birth date of the number", historical, fields{fieldNumber: man, fieldBirth: "2000-01-01"}, ""},
		{"another birth date", historical, fields{fieldNumber: man, fieldBirth: "2000-01-10"}, "social_security_number.birth_date"},
		{"birth date of a foreigner", historical, fields{fieldNumber: "CHN200001010019000", fieldBirth: "1990-01-01"}, ""},

		{"a man's number and a man", historical, fields{fieldNumber: man, fieldSex: "1"}, ""},
		{"a man's number and a woman", historical, fields{fieldNumber: man, fieldSex: "2"}, "social_security_number.sex"},
		{"a woman's number and a woman", historical, fields{fieldNumber: "330100200001020029", fieldSex: "2"}, ""},
		{"a woman's number and a man", historical, fields{fieldNumber: "330100200001020029", fieldSex: "1"}, "social_security_number.sex"},
		{"sex not stated", historical, fields{fieldNumber: man, fieldSex: "9"}, ""},
		{"sex of a foreigner", historical, fields{fieldNumber: "CHN200001010019000", fieldSex: "2"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(12 * time.Hour)
				bytes, err := apdu.ParseHex(row.historical)
				require.NoError(t, err)
				r := &Reading{Historical: bytes, RegionCode: regionOf(row.fields[fieldCardID])}
				for name, value := range row.fields {
					r.Fields = append(r.Fields, Field{Name: name, Value: PII(value)})
				}
				r.check()
				var codes []string
				for _, w := range r.Warnings {
					codes = append(codes, w.Code)
				}
				if row.warning == "" {
					require.Empty(t, codes)
					return
				}
				require.Equal(t, []string{row.warning}, codes)
			})
		})
	}
}

func TestWarningsNameTheField(t *testing.T) {
	r := &Reading{Fields: []Field{
		{Name: fieldCardNumber, Value: "A00000004"},
		{Name: fieldNumber, Value: "510100200001010018"},
		{Name: fieldSex, Value: "2"},
	}}
	r.check()
	require.Equal(t, []apitype.Warning{
		{Code: "card_number.check_digit", Field: fieldCardNumber},
		{Code: "social_security_number.check_digit", Field: fieldNumber},
		{Code: "social_security_number.sex", Field: fieldNumber},
	}, r.Warnings)
}

func TestAlgorithm(t *testing.T) {
	const name = "840F7378312E73682EC9E7BBE1B1A3D5CF"
	for _, row := range []struct{ name, fci, region, want string }{
		{"DES", "6F1C" + name + "A50988011E9F0C03860101", "110100", "DES"},
		{"SSF33", "6F1C" + name + "A50988011E9F0C03860102", "510100", "SSF33"},
		{"SM4", "6F1C" + name + "A50988011E9F0C03860103", "510100", "SM4"},
		{"a number to come", "6F1C" + name + "A50988011E9F0C03860104", "510100", "DES"},
		{"not told", "6F11" + name, "330100", "DES"},
		{"not told in Beijing", "6F11" + name, "110100", "SSF33"},
		{"no control information in Beijing", "", "110100", "SSF33"},
		{"nothing at all", "", "", "DES"},
		{"cut short", "6F1C840F", "510100", "DES"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fci, err := apdu.ParseHex(row.fci)
			require.NoError(t, err)
			require.Equal(t, row.want, algorithmOf(fci, row.region))
		})
	}
}
