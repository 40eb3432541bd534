package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// Each thing that may look wrong is in a card that is read all the same.
func TestWarningsOverHTTP(t *testing.T) {
	for _, row := range []struct {
		code, field string
		change      []string // of the card gen2
	}{
		{apitype.WarnTextUndecodable, "holder.name", []string{`text: 王小明, length: 30`, `hex: CDF5FF41, length: 30`}},
		{apitype.WarnCardIDFormat, "issuer.card_id", []string{"510100D156000005", "510100D156000006"}},
		{apitype.WarnCardIDRegion, "issuer.card_id", []string{"510100D156000005", "110100D156000005"}},
		{apitype.WarnCardNumberDigit, "issuer.card_number", []string{"A00000038", "A00000039"}},
		{apitype.WarnExpiryBeforeIssue, "issuer.expiry_date", []string{`digits: "20240601"`, `digits: "20140531"`}},
		{apitype.WarnExpired, "issuer.expiry_date", []string{"二代卡", "过期卡"}},
		{apitype.WarnSocialNumberDigit, "holder.social_security_number", []string{"510100200001040015", "510100200001040016"}},
		{apitype.WarnSocialNumberBirth, "holder.social_security_number", []string{`digits: "20000104"`, `digits: "20000105"`}},
		{apitype.WarnSocialNumberSex, "holder.social_security_number", []string{`tag: "0A", text: "1"`, `tag: "0A", text: "2"`}},
	} {
		t.Run(row.code, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				d.insert(t, described(t, "gen2", row.change...))
				document := requireDocument[apitype.ReadDocument](t, d.read(""))
				require.Contains(t, document.Warnings, apitype.Warning{Code: row.code, Field: row.field})
			})
		})
	}
}
