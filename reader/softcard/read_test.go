package softcard_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
)

// The records of gen2 in hexadecimal.
const (
	cardID     = "0110510100D15600000500000002FFFFFFFF"
	cardClass  = "020133"
	version    = "0304322E3000"
	issuer     = "040C915600000251010051010001"
	issued     = "050420140601"
	expires    = "060420240601"
	cardNumber = "0709413030303030303338"
	number     = "0812353130313030323030303031303430303135"
	sex        = "0A0131"
	ethnicity  = "0B0101"
	birthplace = "0C03510100"
	birthDate  = "0D0420000104"
)

var (
	name      = "091ECDF5D0A1C3F7" + strings.Repeat("00", 24)
	extension = "4E14" + strings.Repeat("00", 20)
	ef05      = cardID + cardClass + version + issuer + issued + expires + cardNumber
	ef06      = number + name + extension + sex + ethnicity + birthplace + birthDate
)

func TestReadRecord(t *testing.T) {
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"by identifier", []row{
			{"EF05", "00A4020002EF05", "9000"},
			{"01", "00B2010012", cardID + "9000"},
			{"03", "00B2030006", version + "9000"},
			{"07", "00B207000B", cardNumber + "9000"},
			{"EF06", "00A4000002EF06", "9000"},
			{"08", "00B2080014", number + "9000"},
			{"09", "00B2090020", name + "9000"},
			{"4E", "00B24E0016", extension + "9000"},
			{"0A", "00B20A0003", sex + "9000"},
			{"0B", "00B20B0003", ethnicity + "9000"},
			{"0C", "00B20C0005", birthplace + "9000"},
			{"0D", "00B20D0006", birthDate + "9000"},
			{"absent", "00B2990003", "6A83"},
		}},
		{"by identifier with the length of the value", []row{
			{"EF05", "00A4020002EF05", "9000"},
			{"01", "00B2010010", "6C12"},
			{"01 again", "00B2010012", cardID + "9000"},
		}},
		{"by number", []row{
			{"EF05", "00A4020002EF05", "9000"},
			{"1", "00B2010412", cardID + "9000"},
			{"7", "00B207040B", cardNumber + "9000"},
			{"Le=00", "00B2010400", cardID + "9000"},
			{"too large a Le", "00B20104FF", cardID + "9000"},
			{"after the last", "00B208040B", "6A83"},
			{"EF06", "00A4020002EF06", "9000"},
			{"1", "00B2010414", number + "9000"},
			{"2", "00B2020420", name + "9000"},
			{"3 is the extension on 2.0", "00B2030416", extension + "9000"},
		}},
		{"several records", []row{
			{"EF05", "00A4020002EF05", "9000"},
			{"all", "00B2010540", ef05 + "9000"},
			{"all, Le=00", "00B2010500", ef05 + "9000"},
			{"all, extended Le", "00B20105 000100", ef05 + "9000"},
			{"all, too short", "00B2010510", "6C40"},
			{"from 6 on", "00B2060500", expires + cardNumber + "9000"},
			{"after the last", "00B2080500", "6A83"},
			{"down to 6", "00B2060600", cardNumber + expires + "9000"},
			{"EF06", "00A4020002EF06", "9000"},
			{"all", "00B201055B", ef06 + "9000"},
		}},
		{"by SFI", []row{
			{"number, EF05", "00B2072C0B", cardNumber + "9000"},
			{"number, EF05, Le=00", "00B2072C00", cardNumber + "9000"},
			{"number, EF06", "00B2013414", number + "9000"},
			{"identifier, EF05", "00B207280B", cardNumber + "9000"},
			{"identifier, EF06", "00B24E3016", extension + "9000"},
			{"all, EF05", "00B2012D00", ef05 + "9000"},
			{"all, EF06", "00B2013500", ef06 + "9000"},
			{"becomes the current EF", "00B2080014", number + "9000"},
			{"no such SFI", "00B2015C00", "6A82"},
		}},
		{"next and previous", []row{
			{"EF05", "00A4020002EF05", "9000"},
			{"next is the first", "00B2000212", cardID + "9000"},
			{"a wrong Le moves nothing", "00B2000201", "6C03"},
			{"next", "00B2000203", cardClass + "9000"},
			{"the current, by number", "00B2000403", cardClass + "9000"},
			{"a number moves nothing", "00B2010412", cardID + "9000"},
			{"next", "00B2000206", version + "9000"},
			{"previous", "00B2000303", cardClass + "9000"},
			{"last", "00B200010B", cardNumber + "9000"},
			{"next after the last", "00B200020B", "6A83"},
			{"the last with an identifier", "00B2010112", cardID + "9000"},
			{"next with an identifier", "00B2070200", cardNumber + "9000"},
			{"SELECT forgets the record", "00A4020002EF05", "9000"},
			{"no current record", "00B2000412", "6A83"},
			{"previous is the last", "00B200030B", cardNumber + "9000"},
		}},
		{"refused", []row{
			{"no current EF", "00B2010012", "6986"},
			{"EF05", "00A4020002EF05", "9000"},
			{"no Le", "00B20100", "6700"},
			{"data", "00B2010001FF00", "6700"},
			{"mode 7", "00B2010712", "6A86"},
			{"transparent", "00B201 3C 00", "6981"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := open(t, "gen2")
			ask(t, card, selectSSSE)
			play(t, card, script.rows)
		})
	}
}

func TestReadRecordOf(t *testing.T) {
	for _, script := range []struct {
		name, card string
		rows       []row
	}{
		{"1.0 has no extension", "gen1", []row{
			{"SSSE, no algorithm", selectSSSE, "6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000"},
			{"version", "00B2032806", "0304312E30309000"},
			{"4E", "00B24E3016", "6A83"},
			{"3 is the sex", "00B2033403", "0A01329000"},
			{"EF06 is free", "00B2023420", "091EC0EECBC4…"},
		}},
		{"unset items", "gen2-unset", []row{
			{"SSSE", selectSSSE, "6F1C…"},
			{"ethnicity", "00B20B3003", "0B01FF9000"},
			{"birthplace", "00B20C3005", "0C03FFFFFF9000"},
			{"date of birth", "00B20D3006", "0D04FFFFFFFF9000"},
		}},
		{"name with an extension", "gen2-long-name", []row{
			{"SSSE", selectSSSE, "6F1C…"},
			{"name", "00B2093020", "091EB0A2B2B7B6C5C8C8D2C0C4BEA1A4C2F3C2F3CCE1CDBCB6FBDDA5CDD0BACF9000"},
			{"extension", "00B24E3016", "4E14CCE1" + strings.Repeat("00", 18) + "9000"},
		}},
		{"local record", "gen2-city", []row{
			{"SSSE", selectSSSE, "6F1C…"},
			{"EA", "00B2EA3014", "EA12333731373030303030303030303030303037 9000"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, open(t, script.card), script.rows) })
	}
}

func TestReadBinary(t *testing.T) {
	description := describe(t, "gen2",
		"read: RKSSSE, size: 768}", "size: 300, binary: 000102030405060708090A0B0C0D0E0F}")
	card := parse(t, description)
	ask(t, card, selectSSSE)
	play(t, card, []row{
		{"no current EF", "00B0000004", "6986"},
		{"by SFI", "00B0870204", "020304059000"},
		{"current EF", "00B0000C06", "0C0D0E0FFFFF9000"},
		{"to the end", "00B0012800", "FFFFFFFF9000"},
		{"at the end", "00B0012C01", "6B00"},
		{"past the end", "00B0020001", "6B00"},
		{"no Le", "00B00000", "6700"},
		{"data", "00B000000100", "6700"},
		{"no such SFI", "00B0890004", "6A82"},
		{"not transparent", "00B0850004", "6981"},
	})
	require.Len(t, ask(t, card, "00B0870000"), 2*(256+2), "Le=00 is 256 bytes")
	require.Len(t, ask(t, card, "00B08700 000200"), 2*(300+2), "an extended Le takes all")
}

// TestChannelReadsOverT0 shows that a channel gets the same data from a card with manners as from one
// without.
func TestChannelReadsOverT0(t *testing.T) {
	for _, row := range []struct {
		name, manners string
		exchanges     int
	}{
		{"without manners", "", 3},
		{"with the manners of T=0", "quirks: {manners: t0}\n", 6},
	} {
		t.Run(row.name, func(t *testing.T) {
			card := parse(t, append(describe(t, "gen2"), row.manners...))
			channel := apdu.NewChannel(card)
			fci, err := channel.Do(t.Context(), "SELECT SSSE", apdu.SelectDF(unhex(t, selectSSSE)[5:]))
			require.NoError(t, err)
			require.Len(t, fci, 0x1E)
			for sfi, want := range map[byte]string{5: ef05, 6: ef06} {
				data, err := channel.Do(t.Context(), "READ RECORD", apdu.ReadRecord(sfi, apdu.RecordsFromP1, 1, 256))
				require.NoError(t, err)
				require.Equal(t, want, apdu.Hex(data))
			}
			require.Equal(t, row.exchanges, channel.Exchanges())
		})
	}
}
