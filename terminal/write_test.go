package terminal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// updates are the commands asked of the card that change it.
func (c *counter) updates() (list []string) {
	for _, command := range c.asked {
		if ins := command[2:4]; ins == "DC" || ins == "D6" || ins == "2C" {
			list = append(list, command)
		}
	}
	return list
}

// values is one row of values for each item of the address, as pWriteData has them.
func values(t testing.TB, address string, rows ...string) terminal.FileValues {
	t.Helper()
	v := terminal.FileValues{Address: addresses(t, address)[0]}
	for _, r := range rows {
		var row []terminal.PII
		for value := range strings.SplitSeq(r, "^") {
			row = append(row, terminal.PII(value))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// again is what to write to the file so that it stays as it is.
func again(f guarded, rows []terminal.Row) terminal.FileValues {
	v := terminal.FileValues{Address: f.address}
	for _, r := range f.file.Records {
		for n := range r.Repeat {
			v.Address.Items = append(v.Address.Items, profile.ItemAddress{Tag: r.Tag, Nth: n + 1})
		}
	}
	for _, row := range rows {
		var values []terminal.PII
		for _, cell := range row {
			values = append(values, cell.Value)
		}
		v.Rows = append(v.Rows, values)
	}
	if f.file.Structure == profile.Cyclic {
		v.Rows = v.Rows[:1]
	}
	return v
}

// Every file takes back what was read from it, and only from who has its key.
func TestWriteAccess(t *testing.T) {
	dir := full(t)
	for _, name := range fullCards {
		t.Run(name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.psam("psam")
				c.insert(card(t, name))
				content := func(f guarded) []terminal.Row {
					request := terminal.ItemsRequest{Files: []profile.FileAddress{f.address}, Entry: &holder{pin: "123456"}}
					got, err := c.terminal.ReadItems(t.Context(), request)
					require.NoError(t, err, f.address)
					return got[0].Rows
				}
				for _, f := range everyFile(c, name) {
					before := content(f)
					request := terminal.WriteRequest{Files: []terminal.FileValues{again(f, before)}}
					c.asked = nil
					written, err := c.terminal.WriteItems(t.Context(), request)
					if len(f.file.Update) == 0 {
						require.Equal(t, apitype.RequestInvalid, terminal.AsError(err).Code, f.address)
						require.Empty(t, c.updates())
						continue
					}
					require.NoError(t, err, f.address)
					require.Equal(t, len(request.Files[0].Rows), written.Rows, f.address)
					if !wants(f.file.Read) {
						require.Equal(t, written.Rows, written.Checked, f.address)
					}
					if f.file.Structure == profile.Cyclic {
						before = append(before[:1:1], before...)
					}
					require.Equal(t, before, content(f), f.address)
				}
			})
		})
		t.Run(name+", nobody has keys", func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				before := c.read(terminal.ReadRequest{})
				for _, f := range everyFile(c, name) {
					if len(f.file.Update) == 0 {
						continue
					}
					c.asked = nil
					_, err := c.terminal.WriteItems(t.Context(), terminal.WriteRequest{Files: []terminal.FileValues{nothing(f)}})
					require.Equal(t, apitype.SAMAbsent, terminal.AsError(err).Code, "%s: %v", f.address, err)
					require.Empty(t, c.updates(), f.address)
					require.Equal(t, before, c.read(terminal.ReadRequest{}), "nothing was opened")
				}
			})
		})
	}
}

// nothing is values for the file's first row that are not set.
func nothing(f guarded) terminal.FileValues {
	width := 1
	if len(f.file.Records) > 0 {
		width = max(1, len(f.file.Records[0].Items))
	} else if len(f.file.Items) > 0 {
		width = len(f.file.Items)
	}
	v := again(f, []terminal.Row{make(terminal.Row, width)})
	v.Address.Items = v.Address.Items[:min(1, len(v.Address.Items))]
	return v
}

func TestWriteNewValues(t *testing.T) {
	tests := []struct {
		name, address string
		rows          []string
		read, want    string // what is read of the file afterwards, and its values joined; none: as written
	}{
		{name: "one item", address: "DF01EF0A|37|$", rows: []string{"USA"}},
		{name: "several items, one of them shorter than before", address: "DF01EF06|23|28|$", rows: []string{"北京市", "01000000000"}},
		{name: "an item that is not set any more", address: "DF01EF0A|39|$", rows: []string{""}},
		{name: "the second of a tag", address: "DF01EF15|40:2|$", rows: []string{"402^510100^成都理工大学"}, read: "DF01EF15|40|40:2|40:3|$", want: "201^510100^四川大学|402^510100^成都理工大学|^^"},
		{name: "the third of a tag alone", address: "DF03EF19|79:3|$", rows: []string{"310^510100^20220101^20221231^20230105^001^20230110"}},
		{name: "all of a tag", address: "DF01EF15|40|40:2|40:3|$", rows: []string{"1^^", "2^^", "3^^"}},
		{name: "a tag backwards", address: "DF01EF15|40:3|40:2|40|$", rows: []string{"3^^", "2^^", "1^^"}},
		{name: "appended", address: "DF02EF16|$", rows: []string{"A01^20250101^20250102^20250103^510104"}, read: "DF02EF16|1|2|$", want: "A01^20250101^20250102^20250103^510104|201^20200201^20201231^20200115^510100"},
		{name: "appended, the last the newest", address: "DF02EF16|$", rows: []string{"A01^^^^", "A02^^^^"}, read: "DF02EF16|1|2|$", want: "A02^^^^|A01^^^^"},
		{name: "bytes", address: "DF01EF17|$", rows: []string{strings.Repeat("5A", 296)}},
		{name: "bytes that do not fill the file", address: "DF01EF17|$", rows: []string{"0102"}, want: "0102" + strings.Repeat("FF", 294)},
	}
	dir := full(t)
	for _, name := range fullCards {
		for _, test := range tests {
			t.Run(name+", "+test.name, func(t *testing.T) {
				open(t, dir, func(t *testing.T, c *counter) {
					c.psam("psam")
					c.insert(card(t, name))
					request := terminal.WriteRequest{Card: identities[name], Files: []terminal.FileValues{values(t, test.address, test.rows...)}}
					written, err := c.terminal.WriteItems(t.Context(), request)
					require.NoError(t, err)
					require.Equal(t, terminal.Written{Rows: len(test.rows), Checked: len(test.rows)}, written)

					if test.read == "" {
						test.read = test.address
					}
					if test.want == "" {
						test.want = strings.Join(test.rows, "|")
					}
					require.Equal(t, test.want, c.items(test.read))
				})
			})
		}
	}
}

// items reads items of a file and joins their values.
func (c *counter) items(address string) string {
	c.t.Helper()
	got, err := c.terminal.ReadItems(c.t.Context(), terminal.ItemsRequest{Files: addresses(c.t, address), Entry: &holder{pin: "123456"}})
	require.NoError(c.t, err)
	rows := make([]string, len(got[0].Rows))
	for i, row := range got[0].Rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = strings.ReplaceAll(cell.Value.Reveal(), "-", "")
		}
		rows[i] = strings.Join(cells, "^")
	}
	return strings.Join(rows, "|")
}

// A card that does not write the next record of a tag is told the record's number.
func TestWriteByNumber(t *testing.T) {
	open(t, full(t), func(t *testing.T, c *counter) {
		c.psam("psam")
		description := describe(t, "gen3-full") + "quirks:\n  refuse:\n    - {ins: DC, mode: 2, sw: 6A86}\n"
		c.insert(parse(t, description))
		written, err := c.terminal.WriteItems(t.Context(), terminal.WriteRequest{
			Files: []terminal.FileValues{values(t, "DF01EF15|40:3|$", "3^^")},
		})
		require.NoError(t, err)
		require.Equal(t, terminal.Written{Rows: 1, Checked: 1}, written)
		require.Regexp(t, "^00DC0404", c.updates()[1], "the fourth record of the file")
		require.Equal(t, "201^510100^四川大学|^^|3^^", c.items("DF01EF15|40|40:2|40:3|$"))
	})
}

func TestWriteRefused(t *testing.T) {
	right := values(t, "DF01EF0A|37|$", "USA")
	tests := []struct {
		name string
		card terminal.CardIdentity
		file terminal.FileValues
		code apitype.Code
	}{
		{"another 识别码", terminal.CardIdentity{CardID: "510100D15600000500000099FFFFFFFF"}, right, apitype.CardChanged},
		{"another 卡号", terminal.CardIdentity{CardNumber: "A00000003"}, right, apitype.CardChanged},
		{"an unknown file", terminal.CardIdentity{}, values(t, "DF01EFFE|37|$", "USA"), apitype.RequestInvalid},
		{"an unknown application", terminal.CardIdentity{}, values(t, "DF09EF05|37|$", "USA"), apitype.RequestInvalid},
		{"an unknown record", terminal.CardIdentity{}, values(t, "DF01EF0A|36|$", "USA"), apitype.RequestInvalid},
		{"more of a tag than there are", terminal.CardIdentity{}, values(t, "DF01EF15|40:4|$", "1^^"), apitype.RequestInvalid},
		{"a file that only the card writes", terminal.CardIdentity{}, values(t, "DF04EF08|$", "1^1^1^^0^0^0"), apitype.RequestInvalid},
		{"a value too long", terminal.CardIdentity{}, values(t, "DF01EF0A|37|$", "ABCD"), apitype.RequestInvalid},
		{"a character outside GBK", terminal.CardIdentity{}, values(t, "DF01EF06|23|$", "😀"), apitype.RequestInvalid},
		{"no digits", terminal.CardIdentity{}, values(t, "DF01EF06|24|$", "51O100"), apitype.RequestInvalid},
		{"no date", terminal.CardIdentity{}, values(t, "DF01EF0A|39|$", "20250230"), apitype.RequestInvalid},
		{"no hexadecimal", terminal.CardIdentity{}, values(t, "DF01EF17|$", "XY"), apitype.RequestInvalid},
		{"more bytes than the file has", terminal.CardIdentity{}, values(t, "DF01EF17|$", strings.Repeat("00", 297)), apitype.RequestInvalid},
		{"more values than items", terminal.CardIdentity{}, values(t, "DF01EF0A|37|$", "USA", "CHN"), apitype.RequestInvalid},
		{"fewer values than items", terminal.CardIdentity{}, values(t, "DF01EF0A|37|38|$", "USA"), apitype.RequestInvalid},
		{"no items", terminal.CardIdentity{}, values(t, "DF01EF0A|$", "USA"), apitype.RequestInvalid},
		{"no values", terminal.CardIdentity{}, values(t, "DF01EF0A|37|$"), apitype.RequestInvalid},
		{"a row of too many values", terminal.CardIdentity{}, values(t, "DF01EF0A|37|$", "USA^CHN"), apitype.RequestInvalid},
		{"a row of too few values", terminal.CardIdentity{}, values(t, "DF01EF15|40|$", "1^"), apitype.RequestInvalid},
		{"a numbered record of a cyclic file", terminal.CardIdentity{}, values(t, "DF02EF16|1|$", "A01^^^^"), apitype.RequestInvalid},
		{"an item of bytes", terminal.CardIdentity{}, values(t, "DF01EF17|01|$", "00"), apitype.RequestInvalid},
		{"two rows of bytes", terminal.CardIdentity{}, values(t, "DF01EF17|$", "00", "00"), apitype.RequestInvalid},
	}
	dir := full(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.psam("psam")
				c.insert(card(t, "gen3-full"))
				files := []terminal.FileValues{right, test.file} // the first of them is not written either
				written, err := c.terminal.WriteItems(t.Context(), terminal.WriteRequest{Card: test.card, Files: files})
				require.Error(t, err)
				require.Equal(t, test.code, terminal.AsError(err).Code, "%v", err)
				require.Zero(t, written)
				require.Empty(t, c.updates())
				for _, row := range test.file.Rows {
					for _, value := range row {
						if len(value) > 4 {
							require.NotContains(t, err.Error(), value.Reveal(), "a value may be personal")
						}
					}
				}
			})
		})
	}
}

// forgetful is a card that acknowledges what it does not do.
type forgetful struct{ softcard.Answerer }

func (f forgetful) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] == apdu.InsUpdateRecord || command[1] == apdu.InsUpdateBinary {
		return []byte{0x90, 0x00}, nil
	}
	return f.Answerer.Transmit(ctx, command)
}

func TestWriteIsReadBack(t *testing.T) {
	dir := full(t)
	for _, file := range []terminal.FileValues{
		values(t, "DF01EF0A|37|$", "USA"), values(t, "DF02EF16|$", "A01^^^^"), values(t, "DF01EF17|$", "0102"),
	} {
		t.Run(file.Address.String(), func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.psam("psam")
				c.insert(forgetful{card(t, "gen3-full")})
				_, err := c.terminal.WriteItems(t.Context(), terminal.WriteRequest{Files: []terminal.FileValues{file}})
				require.Equal(t, apitype.DataMalformed, terminal.AsError(err).Code, "%v", err)
				var failed *terminal.WriteError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, terminal.Written{Rows: 1}, failed.Written)
			})
		})
	}
}

// A card is torn out at every command of a write. What the error says is what the card holds.
func TestWriteTorn(t *testing.T) {
	files := []terminal.FileValues{
		values(t, "DF01EF0A|37|38|$", "USA", "01"), values(t, "DF02EF16|$", "A01^^^^", "A02^^^^"), values(t, "DF01EF17|$", strings.Repeat("5A", 296)),
	}
	dir := full(t)
	for _, kind := range []string{"removed", "torn"} {
		for at, done := 1, false; !done; at++ {
			t.Run(fmt.Sprintf("%s@%d", kind, at), func(t *testing.T) {
				open(t, dir, func(t *testing.T, c *counter) {
					c.psam("psam")
					whole := card(t, "gen3-full")
					fault, err := softcard.ParseFault(fmt.Sprintf("%s@%d", kind, at))
					require.NoError(t, err)
					c.insert(softcard.WithFault(whole, fault))
					_, err = c.terminal.WriteItems(t.Context(), terminal.WriteRequest{Files: files})
					if done = err == nil; done {
						require.Greater(t, at, 30)
						return
					}
					require.Equal(t, apitype.CardRemoved, terminal.AsError(err).Code, "%v", err)
					var failed terminal.WriteError
					if torn := new(terminal.WriteError); errors.As(err, &torn) {
						failed = *torn
					}
					c.insert(whole)
					state := []bool{
						c.items("DF01EF0A|37|$") == "USA", c.items("DF01EF0A|38|$") == "01",
						strings.Contains(c.items("DF02EF16|1|2|$"), "A01"), strings.Contains(c.items("DF02EF16|1|$"), "A02"),
						strings.HasSuffix(c.items("DF01EF17|$"), "5A"),
					}
					for i, holds := range state {
						switch {
						case i < failed.Rows:
							require.True(t, holds, "row %d was said to be written", i+1)
						case i > failed.Rows || !failed.Begun:
							require.False(t, holds, "row %d was not said to be written", i+1)
						}
					}
				})
			})
		}
	}
}
