package httpapi

import (
	"embed"
	"net/http"
	"path"

	"sscard/clients/js"
)

//go:embed console
var consoleFiles embed.FS

const (
	// contentPolicy lets the page do what it does and nothing else. blob: is the holder's photo. The page parses no text as HTML, and
	// by Trusted Types the browser sees to it.
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

	// permissionsPolicy takes away what a browser would let a page ask the person for.
	permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), " +
		"gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), " +
		"picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), " +
		"window-management=(), xr-spatial-tracking=()"
)

// serveConsole gives the page and its files. They hold no data: the page asks for it with its session.
func serveConsole(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	content, err := consoleFile(name)
	if err != nil {
		writeNoSuchPath(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Permissions-Policy", permissionsPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	serveEmbedded(w, r, path.Ext(name), content)
}

// consoleFile gives a file of the page: its own, or the client for pages, which it uses as any other page would.
func consoleFile(name string) ([]byte, error) {
	if name == "sscard.js" {
		return js.Client, nil
	}
	return consoleFiles.ReadFile("console/" + name)
}
