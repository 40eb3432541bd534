package httpapi

import (
	"bytes"
	"embed"
	"net/http"
	"time"
)

//go:embed console
var consoleFiles embed.FS

// serveConsole gives the page and its files. They hold no data: the page asks for it with the token.
func serveConsole(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	content, err := consoleFiles.ReadFile("console/" + name)
	if err != nil {
		writeNoSuchPath(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}
