package httpapi

import (
	"embed"
	"net/http"
)

//go:embed console
var consoleFiles embed.FS

// serveConsole gives the page and its files. They hold no data: the page asks for it with the token.
func serveConsole(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.ServeFileFS(w, r, consoleFiles, "console/"+name)
}
