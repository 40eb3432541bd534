package sm_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// must is for what a test needs before it begins.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

// world is a ministry, a province under it, and a card with a certificate by the province.
type world struct {
	root, province smtest.Authority
	card           sm.PrivateKey
	request        smtest.Request
	der            []byte
	leaf           *sm.Certificate
}

func newWorld(t testing.TB) world {
	t.Helper()
	var w world
	w.root = must(smtest.NewRoot("Ministry"))(t)
	w.province = must(w.root.Intermediate("Province"))(t)
	w.card = must(sm.GenerateKey(nil))(t)
	w.request = smtest.Request{Subject: "Card", Key: w.card.Public(), CardNumber: "A00000003"}
	w.der = must(w.province.Issue(w.request))(t)
	w.leaf = must(sm.ParseCertificate(w.der))(t)
	return w
}

// issue is the certificate that an authority makes of w.request after change.
func (w world) issue(t testing.TB, a smtest.Authority, change func(*smtest.Request)) *sm.Certificate {
	t.Helper()
	r := w.request
	change(&r)
	return must(sm.ParseCertificate(must(a.Issue(r))(t)))(t)
}

func TestParseCertificate(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, w.der, w.leaf.Raw)
	require.Equal(t, "CN=Card,O=sscard test,C=CN", w.leaf.Subject)
	require.Equal(t, "CN=Province,O=sscard test,C=CN", w.leaf.Issuer)
	require.Equal(t, "A00000003", w.leaf.CardNumber)
	require.Equal(t, w.card.Public(), w.leaf.Key)
	require.True(t, w.leaf.NotBefore.Equal(smtest.From()))
	require.True(t, w.leaf.NotAfter.Equal(smtest.Until()))
	require.Positive(t, w.leaf.Serial.Sign())
	require.Empty(t, w.root.Certificate.CardNumber)
}

// TestCertificateKeepsItsOwnBytes shows that a caller may use its buffer again.
func TestCertificateKeepsItsOwnBytes(t *testing.T) {
	w := newWorld(t)
	buffer := append([]byte(nil), w.der...)
	c := must(sm.ParseCertificate(buffer))(t)
	clear(buffer)
	require.Equal(t, w.der, c.Raw)
	trust := &sm.Trust{Roots: []*sm.Certificate{w.root.Certificate}}
	_, err := trust.Verify(c, []*sm.Certificate{w.province.Certificate}, now())
	require.NoError(t, err)
}

func TestParseCertificateRefuses(t *testing.T) {
	w := newWorld(t)
	alter := func(change func(*smtest.Content)) []byte {
		return must(w.province.Alter(w.der, change))(t)
	}
	rawKey := func(key string) []byte {
		r := w.request
		r.RawKey = unhex(t, key)
		return must(w.province.Issue(r))(t)
	}
	extension := func(x ...pkix.Extension) []byte {
		r := w.request
		r.Extensions = x
		return must(w.province.Issue(r))(t)
	}
	utc := func(s string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagUTCTime, Bytes: []byte(s)} }
	unknown := pkix.Extension{Id: smtest.Unknown(), Value: []byte{5, 0}}
	constraints := asn1.ObjectIdentifier{2, 5, 29, 19}
	for _, row := range []struct {
		name string
		der  []byte
	}{
		{"nothing", nil},
		{"a byte behind", append(w.der[:len(w.der):len(w.der)], 0)},
		{"a byte short", w.der[:len(w.der)-1]},
		{"too long", must(w.province.Issue(smtest.Request{Subject: "Card", Key: w.card.Public(), Padding: sm.MaxCertificate}))(t)},
		{"version 1", alter(func(c *smtest.Content) { c.Version = 0 })},
		{"version 2", alter(func(c *smtest.Content) { c.Version = 1 })},
		{"version 4", alter(func(c *smtest.Content) { c.Version = 3 })},
		{"negative serial number", alter(func(c *smtest.Content) { c.Serial = big.NewInt(-5) })},
		{"other algorithm outside", outerAlgorithm(t, w.der)},
		{"ECDSA inside and out", alter(func(c *smtest.Content) { c.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} })},
		{"SM2 with SHA-1", alter(func(c *smtest.Content) { c.Algorithm.Algorithm[5]++ })},
		{"algorithm with parameters", alter(func(c *smtest.Content) { c.Algorithm.Parameters = asn1.RawValue{FullBytes: []byte{2, 1, 0}} })},
		{"curve P-256", alter(func(c *smtest.Content) {
			c.PublicKey.Algorithm.Parameters = asn1.RawValue{FullBytes: must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}))(t)}
		})},
		{"no curve", alter(func(c *smtest.Content) { c.PublicKey.Algorithm.Parameters = asn1.NullRawValue })},
		{"key for another use", alter(func(c *smtest.Content) { c.PublicKey.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 3, 132, 1, 12} })},
		{"key of bits", alter(func(c *smtest.Content) {
			c.PublicKey.Key.Bytes[64] &^= 1
			c.PublicKey.Key.BitLength--
		})},
		{"key is infinity", rawKey("00")},
		{"key is zeros", rawKey("04" + zeros + zeros)},
		{"key beside the curve", rawKey("04" + exampleX + exampleX)},
		{"key without its prefix", rawKey(exampleX + exampleY)},
		{"key compressed", rawKey("02" + exampleX)},
		{"time with a zone", alter(func(c *smtest.Content) { c.Validity.NotAfter = utc("300101000000+0800") })},
		{"time without seconds", alter(func(c *smtest.Content) { c.Validity.NotAfter = utc("3001010000Z") })},
		{"time that does not exist", alter(func(c *smtest.Content) { c.Validity.NotBefore = utc("300230000000Z") })},
		{"time that is a number", alter(func(c *smtest.Content) { c.Validity.NotBefore = asn1.RawValue{Tag: asn1.TagInteger, Bytes: []byte{1}} })},
		{"name of half a character", alter(func(c *smtest.Content) { c.Subject.FullBytes = unhex(t, "300E310C300A06035504031E03004100") })},
		{"name of a number", alter(func(c *smtest.Content) { c.Subject.FullBytes = unhex(t, "300C310A30080603550403020100") })},
		{"name with a byte behind its text", alter(func(c *smtest.Content) { c.Subject.FullBytes = unhex(t, "300F310D300B06035504031302414200") })},
		{"an extension twice", extension(unknown, unknown)},
		{"card number twice", extension(pkix.Extension{Id: smtest.CardNumber(), Value: []byte("A00000004")})},
		{"negative path length", extension(pkix.Extension{Id: constraints, Value: unhex(t, "30060101FF0201FE")})},
		{"path length -1", extension(pkix.Extension{Id: constraints, Value: unhex(t, "30060101FF0201FF")})},
		{"more than constraints", extension(pkix.Extension{Id: constraints, Value: unhex(t, "30060101FF020100"+"0500")})},
		{"usage with a byte behind", extension(pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Value: unhex(t, "0302078000")})},
		{"revocation list", must(w.province.Revoke(nil, smtest.From(), smtest.Until()))(t)},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sm.ParseCertificate(row.der)
			require.ErrorIs(t, err, sm.ErrCertificate)
		})
	}
}

// outerAlgorithm changes the algorithm outside of what is signed, to SM2 with SHA-1 (1.2.156.10197.1.502). The
// library takes it for SM2 with SM3.
func outerAlgorithm(t *testing.T, der []byte) []byte {
	oid := must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}))(t)
	i := strings.LastIndex(string(der), string(oid))
	require.Positive(t, i)
	changed := append([]byte(nil), der...)
	changed[i+len(oid)-1]++
	return changed
}

// TestCertificateSignatureForm covers that the library takes a signature with bytes behind it, or a third integer in
// it: whoever holds a certificate could make others of it that verify as well.
func TestCertificateSignatureForm(t *testing.T) {
	w := newWorld(t)
	var c struct {
		Content, Algorithm asn1.RawValue
		Signature          asn1.BitString
	}
	_, err := asn1.Unmarshal(w.der, &c)
	require.NoError(t, err)
	good := c.Signature.Bytes
	rebuild := func(signature []byte, bits int) []byte {
		c.Signature = asn1.BitString{Bytes: signature, BitLength: bits}
		return must(asn1.Marshal(c))(t)
	}
	_, err = sm.ParseCertificate(rebuild(good, 8*len(good)))
	require.NoError(t, err)
	for name, bad := range signatureForms(good) {
		t.Run(name, func(t *testing.T) {
			_, err := sm.ParseCertificate(rebuild(bad, 8*len(bad)))
			require.ErrorIs(t, err, sm.ErrCertificate)
			require.ErrorIs(t, err, sm.ErrSignature)
		})
	}
	zeroBit := append(good[:len(good):len(good)], 0)
	_, err = sm.ParseCertificate(rebuild(zeroBit, 8*len(zeroBit)-1))
	require.ErrorIs(t, err, sm.ErrCertificate)
}

func TestCertificateForms(t *testing.T) {
	w := newWorld(t)
	generalized := asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte("20300101000000Z")}
	old := asn1.RawValue{Tag: asn1.TagUTCTime, Bytes: []byte("700101000000Z")}
	gb := func(kind string) []byte { return unhex(t, "300F310D300B0603550403"+kind+"04D5C5C8FD") }
	for _, row := range []struct {
		name   string
		change func(*smtest.Content)
		check  func(*testing.T, *sm.Certificate)
	}{
		{"NULL parameters", func(c *smtest.Content) { c.Algorithm.Parameters = asn1.NullRawValue }, nil},
		{"GeneralizedTime before 2050", func(c *smtest.Content) { c.Validity.NotAfter = generalized }, func(t *testing.T, c *sm.Certificate) {
			require.Equal(t, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), c.NotAfter)
		}},
		{"the last century", func(c *smtest.Content) { c.Validity.NotBefore = old }, func(t *testing.T, c *sm.Certificate) {
			require.Equal(t, 1970, c.NotBefore.Year())
		}},
		{"GB 18030 in a T61String, which reads as Latin 1", func(c *smtest.Content) { c.Subject.FullBytes = gb("14") }, func(t *testing.T, c *sm.Certificate) {
			require.Equal(t, "CN=ÕÅÈý", c.Subject)
		}},
		{"GB 18030 in a UTF8String", func(c *smtest.Content) { c.Subject.FullBytes = gb("0C") }, func(t *testing.T, c *sm.Certificate) {
			require.Contains(t, c.Subject, "#0c04d5c5c8fd")
		}},
		{"no extensions", func(c *smtest.Content) { c.Extensions = nil }, nil},
		{"serial number 0", func(c *smtest.Content) { c.Serial = new(big.Int) }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := sm.ParseCertificate(must(w.province.Alter(w.der, row.change))(t))
			require.NoError(t, err)
			if row.check != nil {
				row.check(t, c)
			}
		})
	}
}

func TestCardNumberForms(t *testing.T) {
	w := newWorld(t)
	for _, row := range []struct{ name, value, want string }{
		{"PrintableString", "1309413030303030303033", "A00000003"},
		{"UTF8String", "0C09413030303030303033", "A00000003"},
		{"IA5String", "1609413030303030303033", "A00000003"},
		{"nine bytes", "413030303030303033", "A00000003"},
		{"eight bytes", "4130303030303033", ""},
		{"a byte behind", "130941303030303030303300", ""},
		{"an octet string", "0409413030303030303033", ""},
		{"an empty string", "1300", ""},
		{"text that is none", "0C024100", ""},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := w.request
			r.CardNumber = ""
			r.Extensions = []pkix.Extension{{Id: smtest.CardNumber(), Value: unhex(t, row.value)}}
			c, err := sm.ParseCertificate(must(w.province.Issue(r))(t))
			if row.want == "" {
				require.ErrorIs(t, err, sm.ErrCertificate)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, c.CardNumber)
		})
	}
}

func TestCutCertificate(t *testing.T) {
	w := newWorld(t)
	for _, fill := range []string{"", "\x00", "\xFF", "the end of another"} {
		file := append(w.der[:len(w.der):len(w.der)], strings.Repeat(fill, 400)...)
		got, err := sm.CutCertificate(file)
		require.NoError(t, err, "%q", fill)
		require.Equal(t, w.der, got)
	}
	for _, row := range []struct {
		name string
		file []byte
	}{
		{"nothing", nil},
		{"blank, zeros", make([]byte, 1024)},
		{"blank, FF", []byte(strings.Repeat("\xFF", 1024))},
		{"cut off", w.der[:len(w.der)-1]},
		{"one byte", w.der[:1]},
		{"length of four gigabytes", unhex(t, "3084FFFFFFFF00")},
		{"indefinite length", unhex(t, "308002010000000000")},
		{"another type", unhex(t, "0403010203")},
		{"too long", append(unhex(t, "30820FFD"), make([]byte, 4093)...)},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sm.CutCertificate(row.file)
			require.ErrorIs(t, err, sm.ErrCertificate)
		})
	}
}

func TestParseCertificates(t *testing.T) {
	w := newWorld(t)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	root, province := block("CERTIFICATE", w.root.Certificate.Raw), block("CERTIFICATE", w.province.Certificate.Raw)
	for _, row := range []struct {
		name, file string
		want       int
	}{
		{"DER", string(w.der), 1},
		{"one", root, 1},
		{"two", root + province, 2},
		{"with text between them", "the ministry\n" + root + "\nand a province\n" + province, 2},
		{"nothing", "", 0},
		{"text", "no certificate here", 0},
		{"two in DER", string(w.der) + string(w.der), 0},
		{"a key among them", root + block("PRIVATE KEY", []byte{1}), 0},
		{"one called otherwise", root + block("TRUSTED CERTIFICATE", w.province.Certificate.Raw), 0},
		{"a broken one among them", strings.Replace(root, "\n", "\n!", 1) + province, 0},
		{"the last one cut off", root + province[:len(province)/2], 0},
		{"one that is none", root + block("CERTIFICATE", w.der[1:]), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := sm.ParseCertificates([]byte(row.file))
			if row.want == 0 {
				require.ErrorIs(t, err, sm.ErrCertificate)
				require.Empty(t, got)
				return
			}
			require.NoError(t, err)
			require.Len(t, got, row.want)
		})
	}
}

func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// signatureForms are ways of writing a signature in DER that are not strict, by name.
func signatureForms(good []byte) map[string][]byte {
	sequence := func(parts ...string) []byte {
		content := strings.Join(parts, "")
		return append([]byte{0x30, byte(len(content))}, content...)
	}
	n := int(good[3])
	r, s := string(good[2:4+n]), string(good[4+n:])
	longer := func(i string) string { return fmt.Sprintf("\x02%c\x00%s", i[1]+1, i[2:]) }
	return map[string][]byte{
		"nothing":              nil,
		"a byte behind":        append(good[:len(good):len(good)], 0),
		"a kilobyte behind":    append(good[:len(good):len(good)], make([]byte, 1024)...),
		"a third integer":      sequence(r, s, "\x02\x01\x01"),
		"one integer":          sequence(r),
		"a zero too many":      sequence(longer(r), s),
		"a zero too many in s": sequence(r, longer(s)),
		"long form of length":  append([]byte{0x30, 0x81}, good[1:]...),
		"indefinite length":    append(append([]byte{0x30, 0x80}, good[2:]...), 0, 0),
		"set":                  append([]byte{0x31}, good[1:]...),
		"cut off":              good[:len(good)-1],
		"r negative":           sequence("\x02\x01\xFF", s),
		"s negative":           sequence(r, "\x02\x01\x80"),
		"r zero":               sequence("\x02\x01\x00", s),
		"s of 33 bytes":        sequence(r, "\x02\x21\x01"+strings.Repeat("\x00", 32)),
		"integers of 256 bytes": append([]byte{0x30, 0x82, 0x02, 0x08},
			strings.Repeat("\x02\x82\x01\x00"+strings.Repeat("\x01", 256), 2)...),
		"octets": append([]byte{0x04, 0x40}, make([]byte, 64)...),
	}
}
