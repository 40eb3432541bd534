package httpapi

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// embeddedTypes are those of the files that the program has in itself. The system's table is not asked: on Windows anybody changes it.
var embeddedTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".yaml": "application/yaml",
}

// serveEmbedded gives a file that the program has in itself, compressed where the caller takes that. There is nothing secret in it that
// its compressed size could tell.
func serveEmbedded(w http.ResponseWriter, r *http.Request, extension string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", embeddedTypes[extension])
	h.Add("Vary", "Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		content = compressed(content)
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // the caller has gone: there is nobody to tell
}

// takesGzip passes over weights: who gives one takes it plain.
func takesGzip(r *http.Request) bool {
	for offer := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.EqualFold(strings.TrimSpace(offer), "gzip") {
			return true
		}
	}
	return false
}

func compressed(content []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(content) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
