package httpapi_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/clients/js"
	"sscard/docs"
	"sscard/reader"
)

// consoleWeight is what the whole page may weigh, so that it is there at once on any counter PC.
const consoleWeight = 100 << 10

// pageFiles are the files of the page by name, the client among them.
func pageFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{"sscard.js": string(js.Client)}
	entries, err := os.ReadDir("console")
	require.NoError(t, err)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join("console", e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(content)
	}
	return files
}

func TestConsole(t *testing.T) {
	files := pageFiles(t)
	files[""] = files["index.html"]
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for name, content := range files {
			at := "/console/" + name
			if name == "" {
				at = "/"
			}
			w := d.do(call{path: at, authorization: none})
			require.Equal(t, http.StatusOK, w.Code, at)
			requireGuarded(t, w)
			require.Regexp(t, typesOfPage[path.Ext(name)], w.Header().Get("Content-Type"), at)
			require.Equal(t, content, w.Body.String(), at)
			policy := strings.Split(w.Header().Get("Content-Security-Policy"), "; ")
			require.ElementsMatch(t, []string{
				"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' blob:", "base-uri 'none'",
				"form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
			}, policy, at)
			require.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Opener-Policy"), at)
			require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"), at)
			for feature := range strings.SplitSeq(w.Header().Get("Permissions-Policy"), ", ") {
				require.Regexp(t, `^[a-z-]+=\(\)$`, feature, at)
			}
		}
	})
}

// typesOfPage are what browsers want of a page's files: they take no script for one that is called otherwise.
var typesOfPage = map[string]string{
	"": "^text/html; charset=utf-8$", ".html": "^text/html; charset=utf-8$", ".js": "^text/javascript; charset=utf-8$",
	".css": "^text/css; charset=utf-8$", ".svg": `^image/svg\+xml$`,
}

// Files are compressed for who takes that, and for nobody else.
func TestCompressed(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for _, row := range []struct {
			name, accepts string
			zipped        bool
		}{
			{"as browsers ask", "gzip, deflate, br, zstd", true},
			{"alone", "gzip", true},
			{"last, in capitals", "br,GZIP", true},
			{"nothing said", "", false},
			{"another", "br", false},
			{"refused", "gzip;q=0", false},
			{"a name like it", "xgzip", false},
		} {
			for path, content := range map[string]string{"/": pageFiles(t)["index.html"], "/v1/openapi.yaml": docs.OpenAPI} {
				w := d.do(call{path: path, authorization: none, header: http.Header{"Accept-Encoding": {row.accepts}}})
				require.Contains(t, w.Header().Values("Vary"), "Accept-Encoding", row.name)
				require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"), row.name)
				if !row.zipped {
					require.Empty(t, w.Header().Get("Content-Encoding"), row.name)
					require.Equal(t, content, w.Body.String(), row.name)
					continue
				}
				require.Equal(t, "gzip", w.Header().Get("Content-Encoding"), row.name)
				require.Less(t, w.Body.Len(), len(content)/2, row.name)
				plain, err := gzip.NewReader(w.Body)
				require.NoError(t, err, row.name)
				all, err := io.ReadAll(plain)
				require.NoError(t, err, row.name)
				require.Equal(t, content, string(all), row.name)
			}
		}
	})
}

func TestConsoleWeight(t *testing.T) {
	weight := 0
	for _, content := range pageFiles(t) {
		weight += len(content)
	}
	require.Less(t, weight, consoleWeight)
}

// TestConsoleSafe looks for what the content policy would refuse, for what text could become code by, for what is kept
// in the browser and for addresses elsewhere.
func TestConsoleSafe(t *testing.T) {
	for _, row := range []struct{ what, pattern, allowed string }{
		{"text that is parsed", `\b(innerHTML|outerHTML|insertAdjacentHTML|DOMParser|createContextualFragment|srcdoc)\b`, ""},
		{"text that is run", `\beval\(|\bnew Function\b|document\.write|javascript:`, ""},
		{"a script in the page", `<script(>| [^t]|[^>]*>[^<])`, ""},
		{"a style or listener in the page", `\son[a-z]+="|\sstyle="|<style|\.style\b`, ""},
		{"what stays after the tab", `localStorage`, "language.js theme.js storage.js"},
		{"what stays with the tab", `sessionStorage`, "daemon.js storage.js trace.js"},
		{"what stays elsewhere", `indexedDB|\bcaches\b|document\.cookie`, ""},
		{"an address elsewhere", `(https?:|wss?:|["'(])//[a-z0-9]`, "dom.js icon.svg sscard.js"}, // the name of SVG; the daemon's own
		{"a file elsewhere", `@import|\burl\(["'a-z]`, "sscard.js"},                              // a type in a comment,
		{"what Chromium 109 has not", `light-dark\(|color-mix\(|text-wrap|subgrid|\spopover|@scope|@starting-style|\n\s*&[ .:\[]`, ""},
		{"words for nobody", `console\.(log|error|warn|debug)`, ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			for name, content := range pageFiles(t) {
				if !slices.Contains(strings.Fields(row.allowed), name) {
					require.False(t, regexp.MustCompile(row.pattern).MatchString(content), name)
				}
			}
		})
	}
}

// A text, its two languages; and what may be the name of one.
var (
	textEntry = regexp.MustCompile(`(?m)^(\S+) \| (.*\S) \| (.*\S)$`)
	textUsed  = regexp.MustCompile("\\bt\\(\"([^\"]+)\"|data-t=\"([^\"]+)\"")
	textNamed = regexp.MustCompile("[\"`]([a-z#]+[a-z.:_-]*)(\\$\\{)?")
)

// TestConsoleTexts finds a text without the other language, one that nobody says, and what is said and has no text.
func TestConsoleTexts(t *testing.T) {
	files := pageFiles(t)
	known := map[string]bool{} // whether it is said
	for _, m := range textEntry.FindAllStringSubmatch(files["texts.js"], -1) {
		key, zh, en := m[1], m[2], m[3]
		require.NotContains(t, known, key)
		known[key] = false
		require.Equal(t, placeholders(zh), placeholders(en), key)
		if key != "language" { // which is that of the other
			require.NotRegexp(t, `\p{Han}`, en, key)
		}
	}
	require.Equal(t, strings.Count(files["texts.js"], " | ")-1, 2*len(known), "a line that is no text in two languages")
	delete(files, "texts.js")
	delete(files, "sscard.js")
	for name, content := range files {
		for _, m := range textUsed.FindAllStringSubmatch(content, -1) {
			require.Contains(t, known, m[1]+m[2], name)
		}
		for _, m := range textNamed.FindAllStringSubmatch(content, -1) {
			for key := range known {
				if key == m[1] || m[2] != "" && strings.HasPrefix(key, m[1]) {
					known[key] = true
				}
			}
		}
	}
	for key, said := range known {
		require.True(t, said, key)
	}
}

func placeholders(text string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// TestConsoleHooks names what tests in a browser, and whoever automates the page, hang on.
func TestConsoleHooks(t *testing.T) {
	var page strings.Builder
	for _, content := range pageFiles(t) {
		page.WriteString(content)
	}
	for _, hook := range []string{
		`id="tab-counter"`, `id="tab-check"`, `id="tab-origins"`, `id="tab-log"`, `id="tab-trace"`,
		`id="panel-counter"`, `id="panel-check"`, `id="panel-origins"`, `id="panel-log"`, `id="panel-trace"`,
		`id="readers"`, `"data-reader"`, `"data-card"`, `"data-generation"`, `button("read"`, `button("verify"`,
		`id="card" data-state="empty"`, `"data-field"`, `"data-missing"`, `"data-reason"`, `"data-warning"`, `id: "authenticity"`, `"data-method"`, `id: "photo"`,
		`id="verify"`, `id: "verify-steps"`, `"data-step"`, `"data-result"`, `id="message" role="alert"`, `"data-code"`,
		`id="selftest" data-state="idle"`, `"data-check"`, `"data-level"`, `button("selftest"`,
		`id="refused"`, `id="allowed"`, `"data-origin"`, `button("allow"`, `button("deny"`,
		`id="pin-dialog"`, `"data-prompt"`, `id="pin"`, `data-act="pin-ok"`, `data-act="pin-cancel"`,
		`id="log"`, `id="audit"`, `"data-seq"`, `id="trace" data-state="idle"`, "button(`trace-${name}`", `id: "trace-text"`, `data-act="lang"`, `data-act="theme"`, `id="signin"`, `id="secret"`,
	} {
		require.Contains(t, page.String(), hook)
	}
}
