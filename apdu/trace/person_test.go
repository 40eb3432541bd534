package trace_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// original is a value that a card has, or had when its certificate was made.
type original struct {
	value string
	read  bool // a session in which everything is read has it
}

// personalise writes other values into the description of a card, of the shape of those there, and tells which.
func personalise(t *testing.T, description []byte, seed byte) ([]byte, []original) {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(description, &document))
	quoteLongNumbers(&document)
	var card map[string]any
	require.NoError(t, document.Decode(&card))
	p := &person{rng: rand.New(rand.NewChaCha8([32]byte{seed, 1}))}
	serial := p.digits(8)
	atr := card["atr"].(string)
	card["atr"] = atr[:26] + serial + atr[34:]
	if len(atr) > 34 {
		card["atr"] = checked(t, atr[:26]+serial)
	}
	p.add(serial, true)
	applications := card["applications"].(map[string]any)
	for _, app := range slices.Sorted(maps.Keys(applications)) {
		files, _ := applications[app].(map[string]any)["files"].(map[string]any)
		for _, f := range slices.Sorted(maps.Keys(files)) {
			file := files[f].(map[string]any)
			free := file["read"] == nil || strings.Contains(file["read"].(string), "PIN") && !strings.Contains(file["read"].(string), "&")
			records, _ := file["records"].([]any)
			for _, r := range records {
				p.record(app, r.(map[string]any), serial, free)
			}
		}
	}
	described, err := yaml.Marshal(card)
	require.NoError(t, err)
	return described, p.originals
}

// quoteLongNumbers keeps hexadecimal that looks like a number as it is written.
func quoteLongNumbers(n *yaml.Node) {
	const longest = 9
	if (n.Tag == "!!int" || n.Tag == "!!float") && len(n.Value) > longest {
		n.Tag = "!!str"
	}
	for _, below := range n.Content {
		quoteLongNumbers(below)
	}
}

// checked puts the check byte behind a contactless answer to reset.
func checked(t *testing.T, atr string) string {
	b, err := hex.DecodeString(atr)
	require.NoError(t, err)
	var sum byte
	for _, c := range b[1:] {
		sum ^= c
	}
	return fmt.Sprintf("%s%02X", atr, sum)
}

type person struct {
	rng       *rand.Rand
	originals []original
}

func (p *person) add(value string, read bool) {
	p.originals = append(p.originals, original{value, read})
}

func (p *person) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('1' + p.rng.IntN(9)))
	}
	return b.String()
}

func (p *person) date() string {
	return fmt.Sprintf("19%02d%02d%02d", 90+p.rng.IntN(10), 1+p.rng.IntN(12), 1+p.rng.IntN(28))
}

// record gives a record another value. What stays describes the card: class, version, issuer, dates of issue and expiry.
func (p *person) record(app string, r map[string]any, serial string, free bool) {
	tag, _ := r["tag"].(string)
	if app == "SSSE" && strings.Contains("02 03 04 05 06", tag) && tag != "" {
		return
	}
	text, isText := r["text"].(string)
	digits, isDigits := r["digits"].(string)
	id, _ := r["hex"].(string)
	switch {
	case app == "SSSE" && tag == "01":
		r["hex"] = id[:16] + serial + id[24:]
	case app == "SSSE" && tag == "08":
		r["text"] = fmt.Sprintf("%d%s%s%s", 11+p.rng.IntN(2), p.digits(4), p.date(), p.digits(4))
		p.add(r["text"].(string), free)
	case isText && len(text) > 0:
		r["text"] = p.rewrite(text)
		p.add(r["text"].(string), free)
	case isDigits && len(digits) == 8:
		r["digits"] = p.date()
		p.add(r["digits"].(string), free)
	case isDigits:
		r["digits"] = p.digits(len(digits))
		p.add(r["digits"].(string), free)
	}
}

const hanzi = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"

func (p *person) rewrite(text string) string {
	return strings.Map(func(c rune) rune {
		all := []rune(hanzi)
		switch {
		case c >= '0' && c <= '9':
			return rune('1' + p.rng.IntN(9))
		case c >= 'A' && c <= 'Z':
			return rune('A' + p.rng.IntN(26))
		case c > 0x7F && c != '·':
			return all[p.rng.IntN(len(all))]
		}
		return c
	}, text)
}

// codings are the forms in which a trace could have a value whole, and parts of it: in text so many bytes in a row, which
// are digits or half as many hanzi; in BCD two digits more, as fewer are found by chance.
func (o original) codings(t *testing.T, telling int) (whole, parts []string) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(o.value)
	require.NoError(t, err)
	inGBK := hex.EncodeToString([]byte(gbk))
	if len(gbk) >= telling {
		whole = append(whole, inGBK, hex.EncodeToString([]byte(o.value)))
		for i := 0; i+2*telling <= len(inGBK); i += 2 {
			parts = append(parts, inGBK[i:i+2*telling])
		}
	}
	tellingBCD := telling + 2
	if strings.Trim(o.value, "0123456789") != "" {
		if len(whole) > 0 {
			whole = append(whole, o.value) // as it is, where a file has text
		}
		return whole, parts
	}
	if len(o.value) >= tellingBCD {
		whole = append(whole, o.value+strings.Repeat("F", len(o.value)%2))
		for i := 0; i+tellingBCD <= len(o.value); i++ {
			parts = append(parts, o.value[i:i+tellingBCD])
		}
	}
	return whole, parts
}

// requireThere has the values that are read in the text of a trace, so that not finding them later says something, and
// gives all that are.
func requireThere(t *testing.T, originals []original, text string) (there []original) {
	t.Helper()
	for _, o := range originals {
		whole, _ := o.codings(t, 4)
		found := slices.ContainsFunc(whole, func(coding string) bool { return strings.Contains(text, strings.ToUpper(coding)) })
		require.True(t, found || !o.read || len(whole) == 0, "%q was never there", o.value)
		if found {
			there = append(there, o)
		}
	}
	return there
}

func requireNone(t *testing.T, originals []original, text string) {
	t.Helper()
	text = strings.ToLower(text)
	const many = 20
	telling := 4
	if len(originals) > many {
		telling = 6 // four digits are found by chance, across the border of two values
	}
	validity := hex.EncodeToString([]byte("20200101000000Z 20691231235959Z")) // of certificates, which stays
	for _, o := range originals {
		whole, parts := o.codings(t, telling)
		for _, coding := range append(whole, parts...) {
			if !strings.Contains(validity, coding) {
				require.NotContains(t, text, strings.ToLower(coding), "of %q", o.value)
			}
		}
	}
}
