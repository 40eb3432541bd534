package softcard_test

import (
	"bytes"
	"image/jpeg"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/testdata"
)

// holder is what a card of testdata says of itself.
type holder struct{ cardNumber, number, name string }

// holders are the persons of testdata/cards: none stands on two cards, but for the one whose card has
// two interfaces, and is there once more with a portrait.
var holders = map[string]holder{
	"gen1-full":          {"H00000020", "510100200001210029", "陈静"},
	"gen2-full":          {"H00000039", "510100200001220016", "林峰"},
	"gen3-full":          {"H00000047", "510100200001230011", "黄磊"},
	"gen1":               {"B00000019", "330100200001020029", "李四"},
	"gen1-t0":            {"C00000024", "110100200001030031", "王五"},
	"gen2":               {"A00000038", "510100200001040015", "王小明"},
	"gen2-bad-digits":    {"A00000090", "510100200001100074", "吴九"},
	"gen2-by-identifier": {"E00000061", "653100200001070058", "阿卜杜拉·麦麦提"},
	"gen2-city":          {"G00000082", "371700200001090044", "周八"},
	"gen2-contactless":   {"A00000054", "510100200001060024", "欧阳明月"},
	"gen2-long-name":     {"F00000077", "653100200001080037", "阿卜杜热依木·麦麦提图尔荪托合提"},
	"gen2-unset":         {"D00000048", "511300200001050047", "赵六"},
	"gen3":               {"A00000003", "510100200001010019", "张三"},
	"gen3-contactless":   {"A00000003", "510100200001010019", "张三"},
	"gen3-photo":         {"A00000003", "510100200001010019", "张三"},
}

func TestCards(t *testing.T) {
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, len(holders))
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			card := open(t, name)
			require.NotEmpty(t, card.Description().ZH)
			require.NotEmpty(t, card.Description().EN)

			got := readHolder(t, card, name)
			require.Equal(t, holders[name], got)
			valid := name != "gen2-bad-digits"
			require.Equal(t, valid, cardNumberDigit(got.cardNumber[:8]) == got.cardNumber[8:])
			require.Equal(t, valid, citizenNumberDigit(got.number[:17]) == got.number[17:])
		})
	}
}

func readHolder(t *testing.T, card *softcard.Card, name string) holder {
	t.Helper()
	channel := apdu.NewChannel(card)
	_, err := channel.Do(t.Context(), "SELECT SSSE", apdu.SelectDF(unhex(t, selectSSSE)[5:]))
	require.NoError(t, err)
	if strings.HasPrefix(name, "gen3") {
		require.Equal(t, "9000", prove(t, card, 0x0A, cardKey(t, sm.SM4, card, rootRKSSSE)))
	}
	read := func(fid uint16, id byte) string {
		_, err := channel.Do(t.Context(), "SELECT", apdu.SelectFile(apdu.SelectEFByID, fid))
		require.NoError(t, err)
		resp, err := channel.Send(t.Context(), apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, id, 256))
		require.NoError(t, err)
		if resp.SW == 0x6A83 {
			return ""
		}
		records, err := tlv.ParseSimple(resp.Data)
		require.NoError(t, err)
		require.Len(t, records, 1)
		require.Equal(t, id, records[0].Tag)
		return strings.TrimRight(string(records[0].Value), "\x00")
	}
	text, err := simplifiedchinese.GBK.NewDecoder().String(read(0xEF06, 0x09) + read(0xEF06, 0x4E))
	require.NoError(t, err)
	return holder{read(0xEF05, 0x07), read(0xEF06, 0x08), text}
}

// TestCardsThatSign shows that the cards of the third generation sign with the key of their certificate, which
// the authority of testdata issued for their 卡号.
func TestCardsThatSign(t *testing.T) {
	trusted := func(name string) []*sm.Certificate {
		b, err := testdata.Trust.ReadFile("trust/" + name + ".pem")
		require.NoError(t, err)
		certificates, err := sm.ParseCertificates(b)
		require.NoError(t, err)
		return certificates
	}
	trust := sm.Trust{Roots: trusted("root"), Intermediates: trusted("province")}
	for name, holder := range holders {
		if !strings.HasPrefix(name, "gen3") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			card := open(t, name)
			der, err := sm.CutCertificate(certificateFile(t, card))
			require.NoError(t, err)
			certificate, err := sm.ParseCertificate(der)
			require.NoError(t, err)
			require.Equal(t, holder.cardNumber, certificate.CardNumber)
			_, err = trust.Verify(certificate, nil, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			require.NoError(t, err)
			s, err := sm.ParseSignature(sign(t, card, "internal", unhex(t, challenge), [32]byte{}))
			require.NoError(t, err)
			require.NoError(t, certificate.Key.Verify([]byte(sm.DefaultID), unhex(t, challenge), s))
		})
	}
}

// TestPhotoIsAnImage shows that the photo of the full cards is one that software will show.
func TestPhotoIsAnImage(t *testing.T) {
	for name, alg := range map[string]sm.Algorithm{"gen2-full": sm.DES, "gen3-full": sm.SM4} {
		t.Run(name, func(t *testing.T) {
			card := open(t, name)
			ask(t, card, selectSSSE)
			require.Equal(t, "9000", proveWith(t, alg, card, 0x0A, cardKey(t, alg, card, rootRKSSSE)))
			ask(t, card, "00A4020002EF08")
			config, err := jpeg.DecodeConfig(bytes.NewReader(data(t, card, apdu.ReadBinary(0, 256))))
			require.NoError(t, err)
			require.Equal(t, 1, config.Width)
		})
	}
}

func cardNumberDigit(body string) string {
	sum := weigh(body, 3, 7, 9, 10, 5, 8, 4, 2)
	switch digit := 11 - sum%11; digit {
	case 10:
		return "X"
	case 11:
		return "0"
	default:
		return strconv.Itoa(digit)
	}
}

func citizenNumberDigit(body string) string {
	sum := weigh(body, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
	return "10X98765432"[sum%11:][:1]
}

// weigh sums up digits and letters, which count from A=10 to Z=35.
func weigh(body string, weights ...int) (sum int) {
	for i, weight := range weights {
		value, err := strconv.ParseInt(body[i:i+1], 36, 0)
		if err != nil {
			panic(err)
		}
		sum += weight * int(value)
	}
	return sum
}

func TestCheckDigits(t *testing.T) {
	for _, number := range []string{"D2143569X", "X00000019", "ET000077X", "A00000003"} {
		require.Equal(t, number[8:], cardNumberDigit(number[:8]), number)
	}
	require.Equal(t, "X", citizenNumberDigit("11010519491231002"), "the example of GB 11643")
}
