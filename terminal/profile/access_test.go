package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func TestAccess(t *testing.T) {
	tests := []struct {
		name      string
		access    profile.Access
		free, pin bool
		key       string
	}{
		{"never", nil, false, false, ""},
		{"free", profile.Access{{}}, true, false, ""},
		{"PIN", profile.Access{{"PIN"}}, false, true, ""},
		{"RK1DF07", profile.Access{{"RK1DF07"}}, false, false, "RK1DF07"},
		{"PIN | RK1DF01", profile.Access{{"PIN"}, {"RK1DF01"}}, false, true, "RK1DF01"},
		{"RK1DF04 & PIN", profile.Access{{"RK1DF04", "PIN"}}, false, false, "RK1DF04"},
		{"A | B & PIN", profile.Access{{"A"}, {"B", "PIN"}}, false, false, "A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.free, tt.access.Free())
			require.Equal(t, tt.pin, tt.access.PIN())
			key, ok := tt.access.Key()
			require.Equal(t, tt.key, key)
			require.Equal(t, tt.key != "", ok)
			require.Equal(t, tt.name, tt.access.String())
			require.Equal(t, tt.access, accessOf(t, tt.name), "as a layout file says it")
		})
	}
	require.Equal(t, profile.Access{{"A", "PIN"}, {"B"}}, accessOf(t, "A&PIN|B"))
}

// accessOf is how a file is read that a region says it of.
func accessOf(t *testing.T, expression string) profile.Access {
	t.Helper()
	set := files{"regions/city.yaml": `
match: 5101
keys:
  A: {level: province, psam: "5D", zh: 甲}
  B: {level: province, psam: "5E", zh: 乙}
applications: {SSSE: {files: {EF06: {read: ` + expression + "}}}}"}.load(t)
	return file(t, set.Layout("3.0", "510100"), "EF06").Read
}
