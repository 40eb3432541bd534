package testdata_test

import (
	"encoding/pem"
	"flag"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"sscard/apdu"
	"sscard/sm"
	"sscard/testdata"
)

var update = flag.Bool("update", false, "issue the certificates anew")

// signing are the cards that sign: those of the third generation.
var signing = []string{"gen3", "gen3-contactless", "gen3-full", "gen3-photo"}

// description is what this test wants of a description of reader/softcard.
type description struct {
	file         string
	Applications map[string]struct {
		SM2   struct{ Key string } `yaml:"sm2"`
		Files map[string]struct {
			Certificate string
			Records     []struct{ Tag, Text string }
		}
	}
}

func card(t *testing.T, name string) (d description) {
	t.Helper()
	d.file = "cards/" + name + ".yaml"
	b, err := os.ReadFile(d.file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, &d))
	return d
}

// number is the 卡号.
func (d description) number() string {
	for _, r := range d.Applications["SSSE"].Files["EF05"].Records {
		if r.Tag == "07" {
			return r.Text
		}
	}
	return ""
}

func (d description) key(t *testing.T) sm.PrivateKey {
	t.Helper()
	b, err := apdu.ParseHex(d.Applications["ACSE"].SM2.Key)
	require.NoError(t, err)
	key, err := sm.ParsePrivateKey(b)
	require.NoError(t, err)
	return key
}

func (d description) certificate(t *testing.T) *sm.Certificate {
	t.Helper()
	certificates, err := sm.ParseCertificates([]byte(d.Applications["ACSE"].Files["EF15"].Certificate))
	require.NoError(t, err)
	require.Len(t, certificates, 1)
	return certificates[0]
}

var pemText = regexp.MustCompile(`(?s)( *)-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\n`)

// certify puts a certificate in the place of the one that the description has.
func (d description) certify(t *testing.T, der []byte) {
	t.Helper()
	b, err := os.ReadFile(d.file)
	require.NoError(t, err)
	found := pemText.FindAllSubmatchIndex(b, -1)
	require.Len(t, found, 1, d.file)
	start, end, margin := found[0][0], found[0][1], string(b[found[0][2]:found[0][3]])
	lines := strings.SplitAfter(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), "\n")
	text := margin + strings.Join(lines[:len(lines)-1], margin)
	require.NoError(t, os.WriteFile(d.file, []byte(string(b[:start])+text+string(b[end:])), 0o644))
}

func trusted(t *testing.T, name string) *sm.Certificate {
	t.Helper()
	b, err := os.ReadFile("trust/" + name + ".pem")
	require.NoError(t, err)
	certificates, err := sm.ParseCertificates(b)
	require.NoError(t, err)
	require.Len(t, certificates, 1)
	return certificates[0]
}

// TestCertificates shows that each card that signs has a certificate for its key and its 卡号, by the
// province, which has its own from the root.
func TestCertificates(t *testing.T) {
	if *update {
		renew(t)
	}
	root, province := trusted(t, "root"), trusted(t, "province")
	trust := sm.Trust{Roots: []*sm.Certificate{root}, Intermediates: []*sm.Certificate{province}}
	for _, name := range signing {
		t.Run(name, func(t *testing.T) {
			c := card(t, name)
			certificate := c.certificate(t)
			require.Equal(t, c.key(t).Public(), certificate.Key)
			require.NotEmpty(t, c.number())
			require.Equal(t, c.number(), certificate.CardNumber)
			require.LessOrEqual(t, len(certificate.Raw), 1020, "the space of a card")
			for _, at := range []time.Time{time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2069, 1, 1, 0, 0, 0, 0, time.UTC)} {
				path, err := trust.Verify(certificate, nil, at)
				require.NoError(t, err)
				require.Equal(t, []*sm.Certificate{certificate, province, root}, path)
			}
			_, err := trust.Verify(certificate, nil, until().Add(time.Second))
			require.ErrorIs(t, err, sm.ErrExpired)
		})
	}
	require.Equal(t, card(t, "gen3").certificate(t).Raw, card(t, "gen3-contactless").certificate(t).Raw, "two sides of one card")
}

// TestKeys shows that the keys beside the authorities are theirs.
func TestKeys(t *testing.T) {
	for _, name := range []string{"root", "province"} {
		b, err := fs.ReadFile(testdata.Trust, "trust/"+name+"-key.pem")
		require.NoError(t, err)
		require.Equal(t, trusted(t, name).Key, parseKey(t, b).Public(), name)
	}
}

// TestEveryThirdGenerationSigns shows that no card of the third generation was left out.
func TestEveryThirdGenerationSigns(t *testing.T) {
	files, err := fs.Glob(testdata.Cards, "cards/gen3*.yaml")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(path.Base(file), ".yaml"))
	}
	require.ElementsMatch(t, signing, names)
}
