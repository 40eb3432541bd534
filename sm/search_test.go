package sm_test

import (
	"crypto/x509/pkix"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// TestLookAlikes shows how many signatures are checked before the search is given up: 64, of which the last two are
// those of the province and of the ministry.
func TestLookAlikes(t *testing.T) {
	w := newWorld(t)
	anonymous := must(w.province.Alter(w.der, func(c *smtest.Content) { // names its issuer, but not the issuer's key
		c.Extensions = slices.DeleteFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.String() == "2.5.29.35" })
	}))(t)
	leaf := must(sm.ParseCertificate(anonymous))(t)
	alike := authority(t, w.root, "Province").Certificate
	for _, row := range []struct {
		name       string
		lookAlikes int
		want       error
	}{
		{"none", 0, nil},
		{"as many as may be", 62, nil},
		{"one too many", 63, sm.ErrUntrusted},
	} {
		t.Run(row.name, func(t *testing.T) {
			trust := w.trust()
			trust.Intermediates = append(slices.Repeat(certificates(alike), row.lookAlikes), w.province.Certificate)
			_, err := trust.Verify(leaf, nil, now())
			require.ErrorIs(t, err, row.want)
		})
	}
	t.Run("told apart by the identifier of their key", func(t *testing.T) {
		trust := w.trust()
		trust.Intermediates = append(slices.Repeat(certificates(alike), 1000), w.province.Certificate)
		_, err := trust.Verify(w.leaf, nil, now())
		require.NoError(t, err)
	})
}

// TestMazeOfAuthorities is a card that brings three authorities which certify each other in every way. Walking in circles
// would use up the signatures before the way out is found.
func TestMazeOfAuthorities(t *testing.T) {
	w := newWorld(t)
	var offices []smtest.Authority
	for _, name := range []string{"A", "B", "C"} {
		offices = append(offices, must(smtest.NewRoot(name))(t))
	}
	certify := func(above smtest.Authority, below int) *sm.Certificate {
		return authority(t, above, string(rune('A'+below)), withKey(offices[below].Key)).Certificate
	}
	var maze []*sm.Certificate
	for i, above := range offices {
		for j := range offices {
			if i != j {
				maze = append(maze, certify(above, j))
			}
		}
	}
	leaf := w.issue(t, offices[0], func(*smtest.Request) {})
	_, err := w.trust().Verify(leaf, maze, now())
	require.ErrorIs(t, err, sm.ErrUntrusted)
	path, err := w.trust().Verify(leaf, append(maze, certify(w.root, 0)), now())
	require.NoError(t, err)
	require.Len(t, path, 3)
}
