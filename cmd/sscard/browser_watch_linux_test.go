package main

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/stretchr/testify/require"
)

// watcher hears everything that a page does, and tells what none of ours may do, whatever the test is about: call a host
// that is not its own, break its own security policy, throw what nobody catches, complain to the console, or ask for a
// file that is not there. A request that fails is no fault: pages are refused in these tests, and daemons stopped.
type watcher struct {
	mu     sync.Mutex
	hosts  []string
	heard  []string
	wrong  []string
	from   map[network.RequestID]string // what was asked for
	weight map[string]int               // bytes over the wire, by path
}

// reportViolations has a page tell of a breach of its policy on its console.
const reportViolations = `addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI, e.sourceFile, e.sample));`

func (w *watcher) uses(urls []string) {
	w.from, w.weight = map[network.RequestID]string{}, map[string]int{}
	for _, u := range urls {
		if at, err := url.Parse(u); err == nil {
			w.hosts = append(w.hosts, at.Host)
		}
	}
}

// hear is called for every event of the tab, in their order.
func (w *watcher) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		w.note(e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert, "console.%s: %s", e.Type, spoken(e.Args))
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		what := ""
		if d.Exception != nil {
			what = spoken([]*runtime.RemoteObject{d.Exception})
		}
		w.note(true, "exception: %s %s (%s:%d)", d.Text, what, d.URL, d.LineNumber+1)
	case *cdplog.EventEntryAdded:
		w.note(e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork && !refusal(e.Entry.Text),
			"log: %s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *audits.EventIssueAdded:
		w.note(e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue, "issue: %s", e.Issue.Code)
	case *network.EventRequestWillBeSent:
		w.note(!w.own(e.Request.URL), "request: %s %s", e.Request.Method, e.Request.URL)
		w.asked(e.RequestID, e.Request.URL)
	case *network.EventWebSocketCreated:
		w.note(!w.own(e.URL), "WebSocket: %s", e.URL)
	case *network.EventResponseReceived:
		w.note(missing(e.Response.Status) && !strings.Contains(e.Response.URL, "/v1/"), "answer: %d %s", e.Response.Status, e.Response.URL)
	case *network.EventLoadingFinished:
		w.weight[w.from[e.RequestID]] += int(e.EncodedDataLength)
	case *network.EventWebSocketFrameReceived:
		w.note(false, "frame: %s", e.Response.PayloadData)
	}
}

// refusal is what the browser says when the answer to a page is kept from it. It cannot be had otherwise: the page
// learns nothing more than that the request failed.
func refusal(text string) bool { return strings.Contains(text, "blocked by CORS policy") }

// missing is the status of a file that is not there, or of a daemon that cannot give it. One that is refused is none.
func missing(status int64) bool { return status == 404 || status >= 500 }

func (w *watcher) note(fault bool, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	w.heard = append(w.heard, line)
	if fault {
		w.wrong = append(w.wrong, line)
	}
}

func (w *watcher) own(at string) bool {
	u, err := url.Parse(at)
	if err != nil {
		return false
	}
	for _, h := range w.hosts {
		if u.Host == h {
			return true
		}
	}
	return u.Host == "" // data:, blob:, about:
}

func (w *watcher) faults() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wrong
}

// forgive forgets the faults.
func (w *watcher) forgive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = nil
}

func (w *watcher) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.heard, "\n")
}

func (w *watcher) asked(id network.RequestID, at string) {
	if u, err := url.Parse(at); err == nil {
		w.from[id] = u.Path
	}
}

// bytes is how much came over the wire so far, headers included, by path.
func (w *watcher) bytes() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.weight)
}

func spoken(objects []*runtime.RemoteObject) string {
	var words []string
	for _, o := range objects {
		if o.Description != "" {
			words = append(words, o.Description)
		} else {
			words = append(words, strings.Trim(string(o.Value), `"`))
		}
	}
	return strings.Join(words, " ")
}

// The watcher finds each thing that no page of ours may do; else the other tests would hold for nothing.
func TestBrowserWatcher(t *testing.T) {
	needBrowser(t)
	at := origin("hall.example", chromium.pages.secure)
	b := open(t, at+"/cmd/sscard/testdata/browser/faulty.html")
	for _, fault := range []string{
		"console.error: a complaint",
		`console.error: policy img-src`,
		"issue: ContentSecurityPolicyIssue",
		"exception: Uncaught Error: thrown",
		"exception: Uncaught (in promise) Error: nobody catches it",
		"request: GET https://elsewhere.example.net/beacon",
		"answer: 404 " + at + "/no/such/file",
	} {
		require.Eventually(t, func() bool { return strings.Contains(strings.Join(b.watch.faults(), "\n"), fault) }, patience, lookEvery, "%s\n%s", fault, b.watch.log())
	}
	b.watch.forgive()
}
