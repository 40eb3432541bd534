package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func TestNamed(t *testing.T) {
	set := files{"regions/37.yaml": `
match: "37"
applications:
  SSSE:
    files:
      EF05:
        records:
          - {tag: "07", zh: 山东卡号, en: Card number of Shandong}
      EF06:
        records:
          - {tag: EA, field: holder.person_number, format: text, length: 18, zh: 人员识别号, en: Person number}
`}.load(t)
	all, jiangsu, shandong := set.Named(), set.Layout("3.00", "320100").Named(), set.Layout("3.00", "370100").Named()
	for _, row := range []struct {
		name string
		in   map[string]profile.Field
		of   string
		want profile.Label
	}{
		{"a field", all, "holder.name", profile.Label{ZH: "姓名", EN: "Name"}},
		{"a group", all, "holder", profile.Label{ZH: "持卡人基本信息", EN: "Holder"}},
		{"another group", all, "issuer", profile.Label{ZH: "发卡机构数据", EN: "Issuer"}},
		{"a region's field", all, "local.person_number", profile.Label{ZH: "人员识别号", EN: "Person number"}},
		{"a region's group", all, "local", profile.Label{ZH: "江苏省人员信息", EN: "Jiangsu person data"}},
		{"the same of the region alone", jiangsu, "local", profile.Label{ZH: "江苏省人员信息", EN: "Jiangsu person data"}},
		{"a configured region's field", all, "holder.person_number", profile.Label{ZH: "人员识别号", EN: "Person number"}},
		{"a name that a region changes", all, "issuer.card_number", profile.Label{ZH: "卡号", EN: "Card number"}},
		{"the same of the region alone", shandong, "issuer.card_number", profile.Label{ZH: "山东卡号", EN: "Card number of Shandong"}},
		{"a region's, of another", shandong, "local.person_number", profile.Label{}},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, row.in[row.of].Label) })
	}
	require.Equal(t, "女", all["holder.sex"].Values["2"].ZH)
	require.Len(t, all["holder.ethnicity"].Values, 59)
}

// What a newer version calls otherwise is called so.
func TestNamedByTheNewest(t *testing.T) {
	set := files{"national.yaml": `
applications:
  SSSE:
    zh: 环境
    en: Environment
    select: [{fid: 3F00}]
    files:
      EF05:
        fid: EF05
        zh: 发卡
        en: Issuer
        records:
          - {tag: "07", field: issuer.card_number, until: "3", format: text, length: 9, zh: 旧, en: Old}
          - {tag: "07", field: issuer.card_number, since: "3", format: text, length: 9, zh: 新, en: New}
`}.load(t)
	require.Equal(t, profile.Label{ZH: "新", EN: "New"}, set.Named()["issuer.card_number"].Label)
	require.Equal(t, profile.Label{ZH: "旧", EN: "Old"}, set.Layout("2.0", "").Named()["issuer.card_number"].Label)
}
