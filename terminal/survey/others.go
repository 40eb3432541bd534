package survey

import (
	"encoding/hex"
	"fmt"

	"sscard/terminal/profile"
)

// others are applications beside those of the standard's layout that cards are known to have. Only whether they are there
// is asked.
var others = []profile.Application{
	named("PKI", "个人数字证书", "personal certificate", "504B492EC9E7BBE1B1A3D5CF"), // PKI.社会保障
	named("PSE", "金融应用（接触）", "bank, by contact", "315041592E5359532E4444463031"),
	named("PPSE", "金融应用（非接触）", "bank, contactless", "325041592E5359532E4444463031"),
	named("T-Union", "交通联合", "transit", "A000000632010105"),
}

func named(name, zh, en, aid string) profile.Application {
	raw, err := hex.DecodeString(aid)
	if err != nil {
		panic(err) // one of the literals above
	}
	return profile.Application{Name: name, Label: profile.Label{ZH: zh, EN: en}, Select: []profile.Selection{{Name: raw}}}
}

// asymmetric are the applications by which cards of this layout may prove themselves, with the files of their
// certificates.
func asymmetric(profiles *profile.Set, layout profile.Layout) (apps []profile.Application) {
	for _, a := range profiles.Asymmetric(layout.Version, layout.Region) {
		app := profile.Application{Name: a.Name, Label: a.Label, Select: a.Select}
		for _, f := range append([]profile.CertificateFile{a.Certificate}, a.Chain...) {
			if f.FID == 0 {
				continue // it is reached by SFI only, and not looked for
			}
			app.Files = append(app.Files, profile.File{
				Name: fmt.Sprintf("%04X", f.FID), FID: f.FID, SFI: f.SFI, Structure: profile.Transparent, Read: profile.Access{{}},
				Label: profile.Label{ZH: "证书", EN: "certificate"},
			})
		}
		apps = append(apps, app)
	}
	return apps
}
