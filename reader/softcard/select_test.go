package softcard_test

import "testing"

// df04 is an application beside SSSE, to stand first under applications.
const df04 = `
  DF04:
    name: D15600000503
    fid: DF04
    directory: 30
    keys:
      RK1DF04: {id: "84", key: 202122232425262728292A2B2C2D2E2F, tries: 3}
    files:
      EF05:
        read: PIN | RK1DF04
        records: [{tag: "8F", text: "1"}]
      EF06:
        read: PIN & RK1DF04
        records: [{tag: "90", text: "1"}]
      EF08:
        sfi: 8
        structure: cyclic
        records: [{hex: "0002AA"}, {hex: "0001BB"}]`

func TestSelect(t *testing.T) {
	for _, script := range []struct {
		name, card, more string
		rows             []row
	}{
		{"by name", "gen2", "", []row{
			{"SSSE", selectSSSE, "6F1C…"},
			{"SSSE with Le", selectSSSE + "00", "6F1C…"},
			{"SSSE with a short Le", selectSSSE + "10", "6C1E"},
			{"part of the name", "00A404000E7378312E73682EC9E7BBE1B1A3D5", "6A82"},
			{"unknown", "00A4040006D15600000590", "6A82"},
			{"no name", "00A4040000", "6A82"},
			{"P2", "00A404020F7378312E73682EC9E7BBE1B1A3D5CF", "6A86"},
			{"P1", "00A4010002EF05", "6A86"},
		}},
		{"without directory and algorithm", "gen1", "", []row{
			{"SSSE", selectSSSE, "6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000"},
		}},
		{"by identifier", "gen2", "", []row{
			{"at power-on the MF is selected", "00A4020002EF05", "6A82"},
			{"MF", selectMF, "9000"},
			{"SSSE", selectSSSE, "6F1C…"},
			{"EF", "00A4020002EF05", "9000"},
			{"EF with P1=00", "00A4000002EF06", "9000"},
			{"no such EF", "00A4020002EF55", "6A82"},
			{"no such file", "00A4000002EF55", "6A82"},
			{"one byte", "00A4020001EF", "6700"},
			{"after a failure the EF stays", "00B2080014", "0812…"},
			{"MF again", selectMF, "9000"},
			{"no file of SSSE", "00B2012800", "6A82"},
			{"no current EF", "00B2010000", "6986"},
		}},
		{"where SSSE is the MF", "gen1-t0", "", []row{
			{"no SELECT needed", "00B2032806", "0304312E30309000"},
			{"MF", selectMF, "6113"},
		}},
		{"another application", "gen2", df04, []row{
			{"by name", "00A4040006D15600000503", "6F13 8406D15600000503 A509 88…"},
			{"by identifier", "00A4000002DF04", "6F13…"},
			{"an application is no EF", "00A4020002DF04", "6A82"},
			{"cyclic, newest", "00B2014400", "0002AA9000"},
			{"cyclic, oldest", "00B2024400", "0001BB9000"},
			{"cyclic, after the oldest", "00B2034400", "6A83"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			description := describe(t, script.card, "applications:", "applications:"+script.more)
			play(t, parse(t, description), script.rows)
		})
	}
}
