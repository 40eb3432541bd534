package testdata_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The portrait of gen3-photo is nobody's: a circle with hair and a mouth, in the proportion of the photo on the card, 26 by
// 32 mm. -draw draws it anew.
var draw = flag.Bool("draw", false, "draw the portrait of gen3-photo anew")

const (
	portraitFile               = "cards/gen3-photo.yaml"
	portraitWide, portraitHigh = 26 * 8, 32 * 8
	photoFile                  = 4096 // bytes of EF08
)

// shape is what is painted over what was before, in units of a millimetre.
type shape struct {
	paint  color.RGBA
	within func(x, y float64) bool
}

func ellipse(cx, cy, rx, ry float64) func(x, y float64) bool {
	return func(x, y float64) bool { return math.Pow((x-cx)/rx, 2)+math.Pow((y-cy)/ry, 2) <= 1 }
}

func above(limit float64, within func(x, y float64) bool) func(x, y float64) bool {
	return func(x, y float64) bool { return y < limit && within(x, y) }
}

func below(limit float64, within func(x, y float64) bool) func(x, y float64) bool {
	return func(x, y float64) bool { return y >= limit && within(x, y) }
}

func portrait() image.Image {
	skin, ink := color.RGBA{0xF2, 0xD3, 0xB3, 0xFF}, color.RGBA{0x2B, 0x2B, 0x33, 0xFF}
	shapes := []shape{
		{color.RGBA{0xEE, 0xF2, 0xF6, 0xFF}, func(float64, float64) bool { return true }},
		{color.RGBA{0x3C, 0x6E, 0x9E, 0xFF}, ellipse(13, 34, 11, 10)}, // shoulders
		{skin, ellipse(13, 24, 3, 4)},                                 // neck
		{ink, ellipse(13, 13.5, 7.4, 8.6)},                            // hair
		{skin, below(11, ellipse(13, 15, 6.6, 8))},                    // face
		{ink, ellipse(10.3, 15, 0.6, 0.8)},
		{ink, ellipse(15.7, 15, 0.6, 0.8)},
		{color.RGBA{0xB8, 0x5C, 0x50, 0xFF}, below(19.2, ellipse(13, 18.8, 2.2, 1.3))}, // mouth
		{skin, above(19.3, ellipse(13, 18.6, 2.2, 0.8))},
	}
	const fine = 4 // samples a side, so that edges are smooth
	drawn := image.NewRGBA(image.Rect(0, 0, portraitWide, portraitHigh))
	for py := range portraitHigh {
		for px := range portraitWide {
			var sum [3]int
			for s := range fine * fine {
				x, y := (float64(px)+(float64(s%fine)+0.5)/fine)/8, (float64(py)+(float64(s/fine)+0.5)/fine)/8
				var c color.RGBA
				for _, shape := range shapes {
					if shape.within(x, y) {
						c = shape.paint
					}
				}
				sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
			}
			drawn.SetRGBA(px, py, color.RGBA{uint8(sum[0] / (fine * fine)), uint8(sum[1] / (fine * fine)), uint8(sum[2] / (fine * fine)), 0xFF})
		}
	}
	return drawn
}

// jfif is the image as a file that says what it is and how large it is to be shown: 8 points to a millimetre.
func jfif(t *testing.T, drawn image.Image) []byte {
	var encoded bytes.Buffer
	require.NoError(t, jpeg.Encode(&encoded, drawn, &jpeg.Options{Quality: 60}))
	const perCentimetre, density = 2, 80
	header := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, perCentimetre, 0, density, 0, density, 0, 0}
	return append(append([]byte{0xFF, 0xD8}, header...), encoded.Bytes()[2:]...)
}

var binaryLines = regexp.MustCompile(`(?m)(EF08:(?:\n|.)*?binary: >-\n)((?: +[0-9A-F]+\n)+)`)

func TestPortrait(t *testing.T) {
	content, err := os.ReadFile(portraitFile)
	require.NoError(t, err)
	parts := binaryLines.FindSubmatch(content)
	require.Len(t, parts, 3)
	if *draw {
		var lines strings.Builder
		text := strings.ToUpper(hex.EncodeToString(jfif(t, portrait())))
		for ; text != ""; text = text[min(len(text), 120):] {
			lines.WriteString("          " + text[:min(len(text), 120)] + "\n")
		}
		content = bytes.Replace(content, parts[2], []byte(lines.String()), 1)
		require.NoError(t, os.WriteFile(portraitFile, content, 0o600))
		parts = binaryLines.FindSubmatch(content)
	}
	photo, err := hex.DecodeString(strings.Join(strings.Fields(string(parts[2])), ""))
	require.NoError(t, err)
	require.LessOrEqual(t, len(photo), photoFile)
	require.Equal(t, uint16(0xFFD9), binary.BigEndian.Uint16(photo[len(photo)-2:]), "it ends")
	got, err := jpeg.Decode(bytes.NewReader(photo))
	require.NoError(t, err)
	want := portrait()
	require.Equal(t, want.Bounds(), got.Bounds())
	difference := 0.0
	for y := range portraitHigh {
		for x := range portraitWide {
			difference += math.Abs(float64(color.GrayModel.Convert(got.At(x, y)).(color.Gray).Y) - float64(color.GrayModel.Convert(want.At(x, y)).(color.Gray).Y))
		}
	}
	require.Less(t, difference/(portraitWide*portraitHigh), 4.0, "it is the one that is drawn here")
}
