package doctor_test

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/cmd/internal/doctor"
	"sscard/testdata"
)

// personal are the values of the test cards that tell a person: names, numbers, card numbers, card ids.
var personal = regexp.MustCompile(`(?:text: "?|hex: )((?:\p{Han}|·){2,}|[0-9A-Z]{9,})`)

// persons are they of all cards, in every form that they may have in a log.
func persons(t *testing.T) (values []string) {
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		description, err := testdata.Cards.ReadFile(file)
		require.NoError(t, err)
		for _, m := range personal.FindAllSubmatch(description, -1) {
			if value := string(m[1]); strings.Trim(value, "0") != "" && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	require.Greater(t, len(values), 30)
	return values
}

func forms(t *testing.T, value string) []string {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(value)
	if err != nil { // not in GBK
		gbk = value
	}
	return []string{
		value, strings.ToLower(value), gbk, hex.EncodeToString([]byte(value)), hex.EncodeToString([]byte(gbk)),
		strings.ToUpper(hex.EncodeToString([]byte(gbk))), strings.Trim(fmt.Sprintf("%+q", value), `"`),
	}
}

// unzipped are the files of a bundle.
func unzipped(t *testing.T, bundle []byte) map[string]string {
	archive, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	require.NoError(t, err)
	files := make(map[string]string)
	for _, f := range archive.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		files[f.Name] = string(content)
	}
	return files
}

// A bundle made while each card is in the reader, with a log that has every person in every place and form, has none.
func TestBundleHasNoPersons(t *testing.T) {
	var log bytes.Buffer
	values := persons(t)
	for _, value := range values {
		for _, form := range forms(t, value) {
			for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				l := slog.New(handler)
				l.Info("request", "path", "/v1/read?name="+form, "err", "card "+form+" left", "reader", form, "id", form, "code", form)
				l.Warn(form, "holder", form, "origin", "https://"+form+".example", form, form)
			}
			fmt.Fprintf(&log, "Nov 24 hall his[7]: %s\nNov 24 hall sscard[9]: time=%s level=INFO msg=%s\n", form, form, form)
		}
	}
	w := newWorld(t)
	r := w.examine()
	cards, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	for _, file := range cards {
		w.insert(desk, strings.TrimSuffix(strings.TrimPrefix(file, "cards/"), ".yaml"))
		again := w.examine()
		r.Findings, r.Readers = append(r.Findings, again.Findings...), append(r.Readers, again.Readers...)
	}
	var bundle bytes.Buffer
	require.NoError(t, doctor.WriteBundle(&bundle, r, "/", bytes.NewReader(log.Bytes())))
	files := unzipped(t, bundle.Bytes())
	require.Len(t, files, 4)
	for name, content := range files {
		for _, value := range values {
			for _, form := range forms(t, value) {
				require.False(t, strings.Contains(content, form), "%s has %s", name, form)
			}
		}
	}
	require.Contains(t, files["log.txt"], `err="card … left"`, "what is ours is there")
}

func TestBundle(t *testing.T) {
	const home = "/home/wang"
	log := strings.Join([]string{
		`time=2026-11-24T08:00:00.000+08:00 level=INFO msg="reader added" reader=rfec4f12703f0 name="Desk Contact 00"`,
		`Nov 24 08:00:01 hall kernel: usb 1-1: new device`,
		`Nov 24 08:00:02 hall sscard[812]: time=2026-11-24T08:00:02.000+08:00 level=INFO msg=request id=F754JYN33FMOSDOOSVWTUMYTF4 method=POST path=/v1/read origin="" status=409 code=card.absent elapsed=119µs`,
		`{"time":"2026-11-24T08:00:03Z","level":"WARN","msg":"smart card service lost","err":"watch: open /home/wang/x (PC/SC 8010001D)"}`,
		``,
	}, "\n")
	w := newWorld(t)
	w.config += "pin: {entry: console}\nprofiles: {dir: /home/wang/profiles}\n"
	var bundle bytes.Buffer
	require.NoError(t, doctor.WriteBundle(&bundle, w.examine(), home, strings.NewReader(log)))
	files := unzipped(t, bundle.Bytes())
	require.Equal(t, strings.Join([]string{
		`time=2026-11-24T08:00:00.000+08:00 level=INFO msg="reader added" reader=rfec4f12703f0`,
		`time=2026-11-24T08:00:02.000+08:00 level=INFO msg=request id=F754JYN33FMOSDOOSVWTUMYTF4 method=POST status=409 code=card.absent elapsed=119…s`,
		`time=2026-11-24T08:00:03Z level=WARN msg="smart card service lost" err="watch: open ~/x (PC/SC 8010001D)"`,
		"# 1 lines that are not of sscard were left out\n",
	}, "\n"), files["log.txt"])
	require.Contains(t, files["config.yaml"], "entry: console")
	require.Contains(t, files["report.json"], `"headline": "config.profile"`)
	for name, content := range files {
		require.NotContains(t, content, home, name)
	}

	bundle.Reset()
	require.NoError(t, doctor.WriteBundle(&bundle, w.examine(), "", nil))
	require.NotContains(t, unzipped(t, bundle.Bytes()), "log.txt")
}
