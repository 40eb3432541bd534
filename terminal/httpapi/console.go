package httpapi

import (
	"bytes"
	"embed"
	"net/http"
	"time"

	"sscard/clients/js"
)

//go:embed console
var consoleFiles embed.FS

// serveConsole gives the page and its files. They hold no data: the page asks for it with the token.
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
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// consoleFile gives a file of the page: its own, or the client for pages, which it uses as any other page would.
func consoleFile(name string) ([]byte, error) {
	if name == "sscard.js" {
		return js.Client, nil
	}
	return consoleFiles.ReadFile("console/" + name)
}
