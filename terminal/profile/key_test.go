package profile_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

// TestKeyAddresses compares the keys with the table of 人社信息函〔2016〕38号, annex B.
func TestKeyAddresses(t *testing.T) {
	l := builtin(t).Layout("3.00", "")
	addresses := map[string]int{}
	for _, row := range keyAddresses(t) {
		level, address, usage, id, version, name, purpose := row[0], row[1], row[2], row[3], row[5], row[6], row[7]
		if name == "DPK" { // three keys of one name, told apart by the version of the transaction
			name += purpose[len(purpose)-1:]
		}
		addresses[name]++
		t.Run(name+" version "+version, func(t *testing.T) {
			key, ok := l.Key(name)
			require.True(t, ok)
			require.Equal(t, name, key.Name)
			require.Equal(t, level, string(key.Level))
			require.Equal(t, id, fmt.Sprintf("%02X", key.PSAM))
			require.Equal(t, purpose, key.Purpose)
			v, err := strconv.Atoi(version)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(key.HSM), v)
			require.Equal(t, address, key.HSM[v-1])
			if key.Usage != 0 && name != "STKSSSE" { // which a PSAM keeps for MACs only
				require.Equal(t, usage, fmt.Sprintf("%02X", key.Usage&0x1F))
			}
		})
	}
	for _, key := range l.Keys() {
		require.Len(t, key.HSM, addresses[key.Name], key.Name)
	}
	require.Len(t, l.Keys(), len(addresses))
}

func keyAddresses(t *testing.T) [][]string {
	t.Helper()
	f, err := os.Open("testdata/key-addresses.csv")
	require.NoError(t, err)
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	require.NoError(t, err)
	require.Equal(t, "level address usage id length version key scope", strings.Join(rows[0], " "))
	return rows[1:]
}

func TestKeysInTheCard(t *testing.T) {
	l := builtin(t).Layout("3.00", "")
	tests := []struct {
		name      string
		id, usage byte
		hasID     bool
	}{
		{"IRK", 0x00, 0x67, true},
		{"STKSSSE", 0x02, 0x26, true},
		{"UKSSSE", 0x04, 0x48, true},
		{"PUK", 0x06, 0x48, true},
		{"RKSSSE", 0x0A, 0x67, true},
		{"RK1DF01", 0, 0x67, false},
		{"RK1DF02", 0, 0x67, false},
		{"RK1DF03", 0x84, 0x67, true},
		{"RK2DF03", 0x85, 0x67, true},
		{"RK1DF04", 0x84, 0x67, true},
		{"RK3DF07", 0, 0x67, false},
		{"UK5DF01", 0x87, 0x48, true},
		{"UK6DF01", 0, 0x67, false},
		{"UK1DF03", 0x86, 0x48, true},
		{"UK2DF04", 0x86, 0x67, true},
		{"DPK2", 0, 0x22, false},
		{"STKDF04", 0x82, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, ok := l.Key(tt.name)
			require.True(t, ok)
			require.Equal(t, tt.id, key.ID)
			require.Equal(t, tt.hasID, key.HasID)
			require.Equal(t, tt.usage, key.Usage)
		})
	}
	_, ok := l.Key("RK9DF09")
	require.False(t, ok)
}

func TestRegionChangesKeys(t *testing.T) {
	set := files{"regions/3717.yaml": `
match: 3717
keys:
  RK1DF01: {id: 88}
  RK1DF04: {hsm: []}
  RKLOCAL: {level: province, id: 07, usage: 48, psam: 5D, zh: 本地信息读取}
applications:
  SSSE:
    files:
      EF0C: {fid: EF0C, zh: 本地, en: Local, read: RKLOCAL, update: UKSSSE | RKLOCAL & PIN}
`}.load(t)
	here, elsewhere := set.Layout("3.0", "371700"), set.Layout("3.0", "371800")

	local, ok := here.Key("RKLOCAL")
	require.True(t, ok)
	require.Equal(t, profile.Key{
		Name: "RKLOCAL", Purpose: "本地信息读取", Level: profile.Province, ID: 0x07, HasID: true, Usage: 0x48, PSAM: 0x5D,
	}, local)
	f := file(t, here, "EF0C")
	require.Equal(t, "RKLOCAL", f.Read.String())
	require.Equal(t, "UKSSSE | RKLOCAL & PIN", f.Update.String())

	changed, _ := here.Key("RK1DF01")
	require.Equal(t, byte(0x88), changed.ID)
	require.True(t, changed.HasID)
	require.Equal(t, []string{"004F", "0050", "0051"}, changed.HSM)
	emptied, _ := here.Key("RK1DF04")
	require.Empty(t, emptied.HSM)

	_, ok = elsewhere.Key("RKLOCAL")
	require.False(t, ok)
	kept, _ := elsewhere.Key("RK1DF01")
	require.False(t, kept.HasID)
}
