package sm_test

import (
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

const distID = "distid:" + sm.DefaultID

// openssl is the openssl command, a third opinion, in a folder of its own.
type openssl struct{ dir string }

// newOpenSSL leaves the test out where there is no openssl that knows SM2.
func newOpenSSL(t *testing.T) openssl {
	t.Helper()
	o := openssl{t.TempDir()}
	if out, err := o.try("ecparam", "-name", "SM2", "-noout"); err != nil {
		t.Skipf("no openssl with SM2: %v %s", err, out)
	}
	return o
}

func (o openssl) try(args ...string) (string, error) {
	command := exec.Command("openssl", args...)
	command.Dir = o.dir
	out, err := command.CombinedOutput()
	return string(out), err
}

func (o openssl) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := o.try(args...)
	require.NoError(t, err, "openssl %s\n%s", strings.Join(args, " "), out)
	return out
}

func (o openssl) write(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, name), data, 0o600))
}

func (o openssl) read(t *testing.T, name string) []byte {
	t.Helper()
	return must(os.ReadFile(filepath.Join(o.dir, name)))(t)
}

func (o openssl) writePEM(t *testing.T, name, kind string, der ...[]byte) {
	t.Helper()
	var file []byte
	for _, der := range der {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	o.write(t, name, file)
}

// key makes a key with openssl and reads it.
func (o openssl) key(t *testing.T, name string) sm.PrivateKey {
	t.Helper()
	o.run(t, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", name)
	block, _ := pem.Decode(o.read(t, name))
	key := must(smx509.ParsePKCS8PrivateKey(block.Bytes))(t)
	return must(sm.ParsePrivateKey(key.(*sm2.PrivateKey).D.FillBytes(make([]byte, 32))))(t)
}

// writeKey writes a key of ours, and its public half as name.pub.
func (o openssl) writeKey(t *testing.T, name string, k sm.PrivateKey) {
	t.Helper()
	private, public := theirKeys(t, k)
	o.writePEM(t, name, "PRIVATE KEY", must(smx509.MarshalPKCS8PrivateKey(private))(t))
	o.writePEM(t, name+".pub", "PUBLIC KEY", must(smx509.MarshalPKIXPublicKey(public))(t))
}

// verifies says whether openssl believes the certificate in a file, right below an issuer: to those further up it
// does not give the user id.
func (o openssl) verifies(name, issuer string, at time.Time) (string, error) {
	return o.try("verify", "-vfyopt", distID, "-attime", strconv.FormatInt(at.Unix(), 10), "-partial_chain", "-CAfile", issuer, name)
}

func TestOpenSSLSignatures(t *testing.T) {
	o := newOpenSSL(t)
	o.write(t, "message", []byte(exampleMessage))
	verify := []string{"dgst", "-sm3", "-sigopt", distID, "-verify", "ours.pub", "-signature", "signature", "message"}
	for range 8 {
		theirs := o.key(t, "theirs")
		o.run(t, "dgst", "-sm3", "-sigopt", distID, "-sign", "theirs", "-out", "signature", "message")
		s := must(sm.ParseSignatureDER(o.read(t, "signature")))(t)
		require.NoError(t, theirs.Public().Verify(id(), []byte(exampleMessage), s))

		ours := must(sm.GenerateKey(nil))(t)
		o.writeKey(t, "ours", ours)
		s = must(ours.Sign(nil, id(), []byte(exampleMessage)))(t)
		o.write(t, "signature", must(s.DER())(t))
		require.Contains(t, o.run(t, verify...), "Verified OK")
		other := must(ours.Sign(nil, []byte("another id"), []byte(exampleMessage)))(t)
		o.write(t, "signature", must(other.DER())(t))
		_, err := o.try(verify...)
		require.Error(t, err)
	}
}

const caConfig = `
[ca]
default_ca = authority
[authority]
database = index.txt
default_md = sm3
crl_extensions = list
[list]
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[province]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer:always
[card]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer:always
subjectAltName = email:nobody@hall.example
certificatePolicies = 1.2.3.4
1.2.156.2316.1.1 = ASN1:PRINTABLESTRING:A00000003
`

// TestOpenSSLAuthority believes a chain and its revocation list that openssl made from beginning to end.
func TestOpenSSLAuthority(t *testing.T) {
	o := newOpenSSL(t)
	o.write(t, "ca.conf", []byte(caConfig))
	for _, name := range []string{"root", "province", "card"} {
		o.key(t, name+".key")
	}
	o.write(t, "empty.conf", []byte("[req]\ndistinguished_name = dn\n[dn]\n"))
	o.run(t, "req", "-config", "empty.conf", "-new", "-key", "root.key", "-sm3", "-sigopt", distID, "-utf8", "-subj", "/C=CN/O=部/CN=Root", "-out", "root.csr")
	o.run(t, "x509", "-req", "-in", "root.csr", "-vfyopt", distID, "-signkey", "root.key", "-sm3", "-sigopt", distID, "-days", "36500", "-extfile", "ca.conf", "-extensions", "root", "-out", "root.pem")
	for _, row := range []struct{ name, issuer string }{{"province", "root"}, {"card", "province"}} {
		o.run(t, "req", "-config", "empty.conf", "-new", "-key", row.name+".key", "-sm3", "-sigopt", distID, "-utf8", "-subj", "/C=CN/CN=测试 "+row.name, "-out", row.name+".csr")
		o.run(t, "x509", "-req", "-in", row.name+".csr", "-vfyopt", distID, "-CA", row.issuer+".pem", "-CAkey", row.issuer+".key", "-CAcreateserial",
			"-sm3", "-sigopt", distID, "-days", "3650", "-extfile", "ca.conf", "-extensions", row.name, "-out", row.name+".pem")
	}
	parse := func(name string) []*sm.Certificate { return must(sm.ParseCertificates(o.read(t, name+".pem")))(t) }
	leaf, province := parse("card")[0], parse("province")
	require.Equal(t, "A00000003", leaf.CardNumber)
	require.Equal(t, "CN=测试 card,C=CN", leaf.Subject)
	trust := &sm.Trust{Roots: parse("root")}
	at := leaf.NotBefore.Add(time.Minute)
	path, err := trust.Verify(leaf, province, at)
	require.NoError(t, err)
	require.Len(t, path, 3)

	o.write(t, "index.txt", nil)
	list := func() []*sm.CRL {
		o.run(t, "ca", "-config", "ca.conf", "-gencrl", "-keyfile", "province.key", "-cert", "province.pem", "-sigopt", distID, "-crldays", "30", "-out", "province.crl")
		return must(sm.ParseCRLs(o.read(t, "province.crl")))(t)
	}
	trust.CRLs = list()
	_, err = trust.Verify(leaf, province, at)
	require.NoError(t, err)
	o.write(t, "index.txt", fmt.Appendf(nil, "R\t491231235959Z\t200101000000Z,keyCompromise\t%X\tunknown\t/CN=card\n", leaf.Serial.Bytes()))
	trust.CRLs = list()
	_, err = trust.Verify(leaf, province, at)
	require.ErrorIs(t, err, sm.ErrRevoked)
}

// TestOpenSSLBelievesOurs has openssl check what smtest makes, so that its bad certificates are bad for one reason only.
func TestOpenSSLBelievesOurs(t *testing.T) {
	o := newOpenSSL(t)
	w := newWorld(t)
	o.writePEM(t, "root.pem", "CERTIFICATE", w.root.Certificate.Raw)
	o.writePEM(t, "province.pem", "CERTIFICATE", w.province.Certificate.Raw)
	o.writePEM(t, "card.pem", "CERTIFICATE", w.der)
	out, err := o.verifies("card.pem", "province.pem", now())
	require.NoError(t, err, out)
	out, err = o.verifies("province.pem", "root.pem", now())
	require.NoError(t, err, out)

	der := must(w.province.Revoke([]*big.Int{w.leaf.Serial}, now(), now().Add(time.Hour)))(t)
	o.writePEM(t, "list.pem", "X509 CRL", der)
	require.Contains(t, o.run(t, "crl", "-in", "list.pem", "-noout", "-text"), fmt.Sprintf("%X", w.leaf.Serial))
}

// TestOpenSSLRefusesNoMore alters a certificate and what is signed in it, and asks openssl and the other library about
// each that this package still believes: as it is, or without what this package does not go by.
func TestOpenSSLRefusesNoMore(t *testing.T) {
	o := newOpenSSL(t)
	w := newWorld(t)
	o.writePEM(t, "province.pem", "CERTIFICATE", w.province.Certificate.Raw)
	believed := 0
	for _, mutant := range mutants(t, w, max(rounds(4000), 600)) {
		c, err := sm.ParseCertificate(mutant)
		if err != nil {
			continue
		}
		if _, err := w.trust().Verify(c, nil, now()); err != nil {
			continue
		}
		believed++
		requireSigned(t, mutant, w.province.Key.Public())
		if theirs, err := smx509.ParseCertificate(mutant); err == nil {
			requireAgreement(t, theirs, c)
		}
		plain := plainer(t, w.province, mutant)
		must(smx509.ParseCertificate(plain))(t)
		o.writePEM(t, "mutant.pem", "CERTIFICATE", mutant)
		if _, err := o.verifies("mutant.pem", "province.pem", now()); err != nil {
			o.writePEM(t, "plain.pem", "CERTIFICATE", plain)
			out, err := o.verifies("plain.pem", "province.pem", now())
			require.NoError(t, err, "%s\n%X", out, mutant)
		}
	}
	require.Positive(t, believed)
}

// mutants are certificates like that of the card with one to three bytes changed: every other time in what is signed,
// and signed again.
func mutants(t testing.TB, w world, n int) (all [][]byte) {
	t.Helper()
	random := seeded(4)
	content := must(smx509.ParseCertificate(w.der))(t).RawTBSCertificate
	for i := range n {
		mutant := append([]byte(nil), w.der...)
		if i%2 == 0 {
			mutant = append([]byte(nil), content...)
		}
		for range 1 + random.Uint64()%3 {
			mutant[random.Uint64()%uint64(len(mutant))] ^= 1 << (random.Uint64() % 8)
		}
		if i%2 == 0 {
			mutant = must(w.province.Sign(mutant, smtest.SM2WithSM3()))(t)
		}
		all = append(all, mutant)
	}
	return all
}
