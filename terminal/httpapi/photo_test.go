package httpapi_test

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/function"
)

// How a page shows the photo of the card that was read: by the function that reads files.
func TestPhoto(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insertPSAM(t, "psam")
		d.insert(t, card(t, "gen3-photo"))
		document := requireDocument[apitype.ReadDocument](t, d.read(""))
		body := `{"iType": 1, "iAuthType": 2, "pFileAddr": "SSSEEF08|$", "pCardInfo": "` + document.Issuer.Get("card_id") + `|` + document.Issuer.Get("card_number") + `|"}`
		result := requireDocument[function.Result](t, d.function("iReadCard", body))
		require.Zero(t, result.Return, result.OutInfo)
		parts := strings.Split(result.OutInfo, "|")
		require.Equal(t, []string{"SSSEEF08", "$"}, []string{parts[0], parts[2]})
		file, err := hex.DecodeString(parts[1])
		require.NoError(t, err)
		require.Len(t, file, 4096)
		photo, err := jpeg.Decode(bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, 208, 256), photo.Bounds())

		d.insert(t, card(t, "gen2"))
		require.Equal(t, -22, requireDocument[function.Result](t, d.function("iReadCard", body)).Return, "it is another card by now")
	})
}

// Without a PSAM there is none to be seen.
func TestPhotoWithoutPSAM(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3-photo"))
		result := requireDocument[function.Result](t, d.function("iReadCard",
			`{"iType": 3, "iAuthType": 2, "pCardInfo": "510100D15600000500000001FFFFFFFF|A00000003|", "pFileAddr": "SSSEEF08|$"}`))
		require.Equal(t, -2201, result.Return)
	})
}
