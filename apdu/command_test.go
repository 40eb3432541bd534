package apdu_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/apdu"
)

// fill is n bytes of data that no length field could be mistaken for.
func fill(n int) []byte { return bytes.Repeat([]byte{0x5A}, n) }

// wire joins hexadecimal and n bytes of fill: head, fill, tail.
func wire(t require.TestingT, head string, n int, tail string) []byte {
	h, err := apdu.ParseHex(head)
	require.NoError(t, err)
	e, err := apdu.ParseHex(tail)
	require.NoError(t, err)
	return append(append(h, fill(n)...), e...)
}

func TestCommandCoding(t *testing.T) {
	for _, row := range []struct {
		name string
		head string // header and Lc
		nc   int
		tail string // Le
		want apdu.Command
	}{
		{"case 1", "00A40000", 0, "", apdu.Command{}},
		{"case 2S one byte", "00A40000", 0, "01", apdu.Command{Ne: 1}},
		{"case 2S most of a byte", "00A40000", 0, "FF", apdu.Command{Ne: 255}},
		{"case 2S Le 00 is 256", "00A40000", 0, "00", apdu.Command{Ne: 256}},
		{"case 3S one byte", "00A40000 01", 1, "", apdu.Command{}},
		{"case 3S longest", "00A40000 FF", 255, "", apdu.Command{}},
		{"case 4S one byte each way", "00A40000 01", 1, "01", apdu.Command{Ne: 1}},
		{"case 4S longest", "00A40000 FF", 255, "00", apdu.Command{Ne: 256}},
		{"case 2E shortest", "00A40000", 0, "00 0001", apdu.Command{Ne: 1, Extended: true}},
		{"case 2E first beyond short", "00A40000", 0, "00 0101", apdu.Command{Ne: 257, Extended: true}},
		{"case 2E most of two bytes", "00A40000", 0, "00 FFFF", apdu.Command{Ne: 65535, Extended: true}},
		{"case 2E Le 0000 is 65536", "00A40000", 0, "00 0000", apdu.Command{Ne: 65536, Extended: true}},
		{"case 3E shortest", "00A40000 00 0001", 1, "", apdu.Command{Extended: true}},
		{"case 3E first beyond short", "00A40000 00 0100", 256, "", apdu.Command{Extended: true}},
		{"case 3E longest", "00A40000 00 FFFF", 65535, "", apdu.Command{Extended: true}},
		{"case 4E shortest", "00A40000 00 0001", 1, "0001", apdu.Command{Ne: 1, Extended: true}},
		{"case 4E short data, long answer", "00A40000 00 0002", 2, "0101", apdu.Command{Ne: 257, Extended: true}},
		{"case 4E long data, short answer", "00A40000 00 0100", 256, "0100", apdu.Command{Ne: 256, Extended: true}},
		{"case 4E longest", "00A40000 00 FFFF", 65535, "0000", apdu.Command{Ne: 65536, Extended: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := wire(t, row.head, row.nc, row.tail)
			want := row.want
			want.INS = apdu.InsSelect
			if row.nc > 0 {
				want.Data = fill(row.nc)
			}

			got, err := apdu.Parse(b)
			require.NoError(t, err)
			require.Equal(t, want, got)

			coded, err := want.Bytes()
			require.NoError(t, err)
			require.Equal(t, b, coded)
		})
	}
}

func TestCommandBytesChoosesTheLengthCoding(t *testing.T) {
	for _, row := range []struct {
		name string
		cmd  apdu.Command
		want []byte
	}{
		{"no body stays case 1", apdu.Command{Extended: true}, wire(t, "00000000", 0, "")},
		{"empty data is no data", apdu.Command{Data: []byte{}, Ne: 8}, wire(t, "00000000", 0, "08")},
		{"256 bytes of data need three", apdu.Command{Data: fill(256)}, wire(t, "00000000 00 0100", 256, "")},
		{"257 bytes of answer need three", apdu.Command{Ne: 257}, wire(t, "00000000", 0, "00 0101")},
		{"a long answer lengthens Lc too", apdu.Command{Data: fill(1), Ne: 257}, wire(t, "00000000 00 0001", 1, "0101")},
		{"long data lengthen Le too", apdu.Command{Data: fill(256), Ne: 1}, wire(t, "00000000 00 0100", 256, "0001")},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.cmd.Bytes()
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestCommandBytesRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		cmd  apdu.Command
	}{
		{"data too long", apdu.Command{Data: fill(65536)}},
		{"negative Ne", apdu.Command{Ne: -1}},
		{"Ne too large", apdu.Command{Ne: 65537}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := row.cmd.Bytes()
			require.ErrorIs(t, err, apdu.ErrMalformed)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, row := range []struct {
		name, head string
		nc         int
		tail       string
	}{
		{"nothing", "", 0, ""},
		{"three bytes", "00A400", 0, ""},
		{"Lc without data", "00A40000 02", 1, ""},
		{"a byte after Le", "00A40000 01", 1, "0000"},
		{"extended length cut short", "00A40000 00 01", 0, ""},
		{"extended Lc of nothing", "00A40000 00 0000", 0, "0000"},
		{"extended Lc without data", "00A40000 00 0002", 1, ""},
		{"extended Le of one byte", "00A40000 00 0001", 1, "00"},
		{"a byte after extended Le", "00A40000 00 0001", 1, "000000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := apdu.Parse(wire(t, row.head, row.nc, row.tail))
			require.ErrorIs(t, err, apdu.ErrMalformed)
		})
	}
}

func TestParseDataIsClipped(t *testing.T) {
	b := wire(t, "00A40000 01", 1, "07")
	cmd, err := apdu.Parse(b)
	require.NoError(t, err)
	_ = append(cmd.Data, 0xEE)
	require.Equal(t, byte(0x07), b[len(b)-1], "appending to the data must not reach Le")
}

// commands are well formed, of every case, near the lengths where the coding changes.
var commands = rapid.Custom(func(t *rapid.T) apdu.Command {
	nc := rapid.OneOf(rapid.IntRange(0, 300), rapid.SampledFrom([]int{65534, apdu.MaxExtendedNc})).Draw(t, "Nc")
	return apdu.Command{
		CLA: rapid.Byte().Draw(t, "CLA"), INS: rapid.Byte().Draw(t, "INS"),
		P1: rapid.Byte().Draw(t, "P1"), P2: rapid.Byte().Draw(t, "P2"),
		Data:     bytes.Repeat([]byte{rapid.Byte().Draw(t, "data")}, nc),
		Ne:       rapid.OneOf(rapid.IntRange(0, 300), rapid.SampledFrom([]int{65535, apdu.MaxExtendedNe})).Draw(t, "Ne"),
		Extended: rapid.Bool().Draw(t, "extended"),
	}
})

// normalised is cmd as Parse tells it: no data is nil, and Extended says what the coding came to be.
func normalised(cmd apdu.Command) apdu.Command {
	if len(cmd.Data) == 0 {
		cmd.Data = nil
	}
	asked := cmd.Extended && (len(cmd.Data) > 0 || cmd.Ne > 0)
	cmd.Extended = asked || len(cmd.Data) > apdu.MaxShortNc || cmd.Ne > apdu.MaxShortNe
	return cmd
}

func TestParseUndoesBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cmd := commands.Draw(t, "command")
		b, err := cmd.Bytes()
		require.NoError(t, err)
		got, err := apdu.Parse(b)
		require.NoError(t, err)
		require.Equal(t, normalised(cmd), got)
	})
}

func TestBytesUndoesParse(t *testing.T) {
	// Random bytes seldom add up; a well-formed command with a length byte changed often does.
	nearly := rapid.Custom(func(t *rapid.T) []byte {
		b, err := commands.Draw(t, "command").Bytes()
		require.NoError(t, err)
		if len(b) > 4 {
			b[4+rapid.IntRange(0, min(2, len(b)-5)).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		return b
	})
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.OneOf(nearly, rapid.SliceOf(rapid.Byte())).Draw(t, "bytes")
		cmd, err := apdu.Parse(b)
		if err != nil {
			require.ErrorIs(t, err, apdu.ErrMalformed)
			return
		}
		got, err := cmd.Bytes()
		require.NoError(t, err)
		require.Equal(t, b, got)
	})
}

func TestBuilders(t *testing.T) {
	ssse, err := apdu.ParseHex("7378312E73682EC9E7BBE1B1A3D5CF")
	require.NoError(t, err)
	factor := [8]byte{0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7}
	original := [8]byte{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7}
	pin, mac := []byte{0x12, 0x34, 0x56}, [4]byte{1, 2, 3, 4}
	terminal, time := [6]byte{0x51, 0x01, 0, 0, 0, 1}, [7]byte{0x20, 0x26, 1, 2, 3, 4, 5}
	amounts := apdu.Amounts{Account: 1, Self: 2, Fund: 3}
	for _, row := range []struct {
		name, want string
		cmd        apdu.Command
		text       string
	}{
		{"SSSE by name", "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", apdu.SelectDF(ssse), "SELECT 00A40400"},
		{"EF under the DF", "00A4020002EF05", apdu.SelectFile(apdu.SelectEFByID, 0xEF05), "SELECT 00A40200"},
		{"MF by identifier", "00A40000023F00", apdu.SelectFile(apdu.SelectByFID, 0x3F00), "SELECT 00A40000"},
		{"record by identifier in the current EF", "00B2070010", apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, 7, 0x10), "READ RECORD 00B20700"},
		{"record by number and SFI", "00B2072C0B", apdu.ReadRecord(5, apdu.RecordByNumber, 7, 11), "READ RECORD 00B2072C"},
		{"all records by SFI", "00B2013500", apdu.ReadRecord(6, apdu.RecordsFromP1, 1, 256), "READ RECORD 00B20135"},
		{"bytes waiting", "00C0000008", apdu.GetResponse(8), "GET RESPONSE 00C00000"},
		{"challenge", "0084000008", apdu.GetChallenge(8), "GET CHALLENGE 00840000"},
		{"internal authentication", "0088000010B0B1B2B3B4B5B6B7A0A1A2A3A4A5A6A7", apdu.InternalAuthenticate(factor, original), "INTERNAL AUTHENTICATE 00880000"},
		{"external authentication", "0082000A10B0B1B2B3B4B5B6B7A0A1A2A3A4A5A6A7", apdu.ExternalAuthenticate(0x0A, factor, original), "EXTERNAL AUTHENTICATE 0082000A"},
		{"part of a transparent EF", "00B00100FF", apdu.ReadBinary(0x100, 255), "READ BINARY 00B00100"},
		{"update by identifier", "00DC0B30030B0101", apdu.UpdateRecord(6, apdu.RecordFirstByID, 0x0B, []byte{0x0B, 1, 1}), "UPDATE RECORD 00DC0B30"},
		{"append", "00DC000302AABB", apdu.UpdateRecord(apdu.CurrentEF, apdu.RecordAppend, 0, []byte{0xAA, 0xBB}), "UPDATE RECORD 00DC0003"},
		{"update of a transparent EF", "00D6010002AABB", apdu.UpdateBinary(0x100, []byte{0xAA, 0xBB}), "UPDATE BINARY 00D60100"},
		{"PIN", "0020000003123456", apdu.Verify(pin), "VERIFY 00200000"},
		{"tries left", "0020000000", apdu.PINTries(), "VERIFY 00200000"},
		{"another PIN", "805E010007123456FF123456", apdu.ChangePIN(pin, pin), "CHANGE PIN 805E0100"},
		{"PIN unblocked", "842400000401020304", apdu.UnblockPIN().WithMAC(mac), "PIN CHANGE/UNBLOCK 84240000"},
		{"PIN reloaded", "842400010CB0B1B2B3B4B5B6B701020304", apdu.ReloadPIN(factor[:]).WithMAC(mac), "PIN CHANGE/UNBLOCK 84240001"},
		{"settlement begun", "B028010113 01 00000001 00000002 00000003 510100000001", apdu.InitSettlement(1, amounts, terminal), "INITIALIZE B0280101"},
		{"debit", "B02C01000F 00000009 20260102030405 01020304", apdu.Debit(9, time, mac), "DEBIT B02C0100"},
		{"load begun", "B02800010B 01 00000064 510100000001", apdu.InitLoad(1, 100, terminal), "INITIALIZE B0280001"},
		{"credit", "B02A00000B 20260102030405 01020304", apdu.Credit(time, mac), "CREDIT B02A0000"},
		{"balance of the account", "B026000104", apdu.GetBalance(apdu.BalanceAccount), "GET BALANCE B0260001"},
		{"balance of the fund", "B026000306", apdu.GetBalance(apdu.BalanceFund), "GET BALANCE B0260003"},
		{"proof", "B02E00310200 07", apdu.GetProof('1', 7), "GET TRANSACTION PROOF B02E0031"},
		{"PSAM environment", "BFEC00000151", apdu.InitEnvironment(0x51), "INIT ENV BFEC0000"},
		{"session key", "BFDE270A10 B0B1B2B3B4B5B6B7 A0A1A2A3A4A5A6A7",
			apdu.DeliverSessionKey(0x27, 0x0A, [][8]byte{factor}, original[:]), "DELIVERY SESSION KEY BFDE270A"},
		{"block enciphered", "80FA000008 A0A1A2A3A4A5A6A7", apdu.CipherData(apdu.CipherEncrypt, original[:]), "CIPHER DATA 80FA0000"},
		{"PSAM debit", "8070010024 01020304 0007 00000001 00000002 00000003 31 20260102030405 01 03 B0B1B2B3B4B5B6B7",
			apdu.InitSAMPurchase(1, apdu.SAMPurchase{
				Random: mac, Sequence: 7, Amounts: amounts, Kind: '1', Time: time, Version: 1, Algorithm: 3,
				Factors: [][8]byte{factor},
			}), "INIT SAM PURCHASE 80700100"},
		{"MAC2", "807200000401020304", apdu.CreditSAM(mac), "CREDIT SAM 80720000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := row.cmd.Bytes()
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(row.want, " ", ""), apdu.Hex(b))
			require.Equal(t, row.text, row.cmd.String())
		})
	}
}

func TestMACInput(t *testing.T) {
	require.Equal(t, "8424000004", apdu.Hex(apdu.UnblockPIN().MACInput()))
	encrypted := []byte{0xA4, 0x66, 0x22, 0x5B, 0x66, 0xA9, 0x67, 0x77}
	require.Equal(t, "842400010CA466225B66A96777", apdu.Hex(apdu.ReloadPIN(encrypted).MACInput()))
}

func TestReadRecordP2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sfi := rapid.ByteRange(0, 30).Draw(t, "SFI")
		mode := apdu.RecordMode(rapid.ByteRange(0, 7).Draw(t, "mode"))
		gotSFI, gotMode := apdu.ReadRecordP2(apdu.ReadRecord(sfi, mode, 1, 0).P2)
		require.Equal(t, sfi, gotSFI)
		require.Equal(t, mode, gotMode)
	})
}

func TestCommandTextHoldsNoData(t *testing.T) {
	pin := apdu.Command{INS: apdu.InsVerify, Data: []byte{0x12, 0x34, 0x56}}
	require.Equal(t, "VERIFY 00200000", pin.String())
	require.Equal(t, "CHANGE PIN 805E0100", apdu.ChangePIN(pin.Data, pin.Data).String())
	require.Equal(t, "command 805F0100", apdu.Command{CLA: 0x80, INS: 0x5F, P1: 1, Data: pin.Data}.String())
}

func TestHex(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"upper case", "00A4", "00A4"},
		{"lower case", "00a4ef", "00A4EF"},
		{"separators", "00 A4:EF-05\t9000", "00A4EF059000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := apdu.ParseHex(row.in)
			require.NoError(t, err)
			require.Equal(t, row.want, apdu.Hex(b))
		})
	}
}

func TestParseHexRefuses(t *testing.T) {
	for _, row := range []struct{ name, in string }{
		{"half a byte", "00A"},
		{"a prefix", "0x00"},
		{"another alphabet", "00G0"},
		{"a line break", "00\nA4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := apdu.ParseHex(row.in)
			require.ErrorIs(t, err, apdu.ErrMalformed)
			require.NotContains(t, err.Error(), strings.TrimSpace(row.in), "what was typed may be a secret")
		})
	}
}

func TestHexLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		got, err := apdu.ParseHex(apdu.Hex(b))
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, got))
	})
}
