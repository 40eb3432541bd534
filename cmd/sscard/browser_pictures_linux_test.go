package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

const (
	picturesDir                 = "SSCARD_PICTURES" // where to write those of the documents; they are taken only for it
	pictureWidth, pictureHeight = 1200, 864
	pictureLimit                = 200 << 10
)

// sameTimes puts the same times in all pictures, so that a new one shows what is new.
const sameTimes = `(() => {
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const text = walk.currentNode;
		text.data = text.data.replace(/\d{1,2}:\d{2}:\d{2}/g, "09:30:00").replace(/\d+(\.\d+)? (ms|毫秒)/g, "42 $2");
	}
})()`

// desks are the readers in the pictures, with what is in them.
var desks = []struct{ reader, card, forgery string }{
	{"Window 1 Contact 00 00", "gen3-photo", ""},
	{"Window 1 Contactless 00 00", "gen3-contactless", ""},
	{"Window 2 Contact 00 00", "gen3", "other-key"},
	{"Window 2 Contactless 00 00", "", ""},
	{"Window 1 SAM 00 00", "psam", ""},
}

// The pictures in the documents are of the real page, with software cards in readers in memory.
func TestPictures(t *testing.T) {
	dir := os.Getenv(picturesDir)
	if dir == "" {
		t.Skip("make pictures")
	}
	needBrowser(t)
	cfg := config.Default()
	cfg.Readers = []config.Reader{{Match: "SAM", Role: string(reader.RoleSAM)}}
	v := virtual.New()
	for _, at := range desks {
		v.AddReader(at.reader)
		if at.card != "" {
			card, err := softwareCard{name: at.card, forgery: at.forgery}.make()
			require.NoError(t, err)
			require.NoError(t, v.Insert(at.reader, card))
		}
	}
	s := servingOver(t, cfg, func() reader.Driver { return v })
	asked(t, s.url, "https://reg.hospital.example")
	asked(t, s.url, "http://10.0.3.7:8080")
	require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: "https://hall.example"}))
	require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: "https://clinic.example", Fields: []string{"issuer.card_number", "holder.name"}}))

	for _, language := range []string{"zh", "en"} {
		for _, picture := range []struct {
			name, theme string
			show        func(d *desk)
		}{
			{"counter", "light", func(d *desk) {
				d.clicks(d.named(desks[0].reader) + " [data-act=read]")
				d.clicks("[data-act=photo]")
				d.sees("#photo")
			}},
			{"verify", "dark", func(d *desk) {
				d.clicks(d.named(desks[2].reader) + " [data-act=verify]")
				d.sees("#verify[data-result=not_genuine]")
			}},
			{"check", "light", func(d *desk) {
				d.clicks("#tab-check")
				d.clicks("[data-act=selftest]")
				d.sees("#selftest[data-state=done]")
			}},
			{"origins", "light", func(d *desk) {
				d.clicks("#tab-origins")
				d.sees("#refused [data-origin]", "#allowed [data-origin]")
			}},
		} {
			name := fmt.Sprintf("console-%s-%s-%s.png", picture.name, language, picture.theme)
			t.Run(name, func(t *testing.T) {
				d := photographed(t, s, language, picture.theme)
				d.sees(d.named(desks[0].reader) + "[data-card=identified]")
				picture.show(d)
				d.take(filepath.Join(dir, name))
			})
		}
	}
}

// photographed is the page in a fixed size, where nothing moves.
func photographed(t testing.TB, s *service, language, theme string) *desk {
	t.Helper()
	b := blank(t, s.url)
	b.in(language)
	b.do("set the looks", chromedp.EmulateViewport(pictureWidth, pictureHeight), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-reduced-motion", Value: "reduce"}, {Name: "prefers-color-scheme", Value: theme},
		}})
		return err
	}))
	d := &desk{b, s}
	d.visits(d.address())
	d.sees("body[data-state=ready]")
	return d
}

// take writes the picture.
func (d *desk) take(file string) {
	d.t.Helper()
	d.eval("document.activeElement.blur(), scrollTo(0, 0)")
	d.do("move the pointer away", chromedp.MouseEvent(chromedp.MouseMoved, 1, 1))
	d.eval(sameTimes)
	ctx, done := context.WithTimeout(d.ctx, patience)
	defer done()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	d.must(err, file)
	require.Less(d.t, len(picture), pictureLimit)
	require.NoError(d.t, os.WriteFile(file, picture, 0o644))
}
