package httpapi_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/httpapi"
	"sscard/terminal/profile"
)

func TestVersion(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		got := requireDocument[map[string]any](t, d.do(call{path: "/v1/version"}))
		require.Equal(t, map[string]any{
			"version": "1.2.3", "commit": "abcdef", "go": "go1.26", "os": "linux", "arch": "amd64", "api": "v1",
		}, got)
	})
}

func TestHealth(t *testing.T) {
	health := call{path: "/v1/health", authorization: none}
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		require.Equal(t, apitype.Health{Status: "ok", Version: "1.2.3", Readers: 1},
			requireDocument[apitype.Health](t, d.do(health)))

		d.insert(t, card(t, "gen2"))
		require.Equal(t, apitype.Health{Status: "ok", Version: "1.2.3", Readers: 1, Cards: 1},
			requireDocument[apitype.Health](t, d.do(health)))

		d.driver.Stop(reader.ErrNoService)
		synctest.Wait()
		got := requireDocument[apitype.Health](t, d.do(health))
		require.Equal(t, "degraded", got.Status)
		require.Equal(t, apitype.ServiceUnavailable, got.Problem.Code)
		require.NotEmpty(t, got.Problem.Hint.ZH)
	})
}

func TestReaders(t *testing.T) {
	readers := call{path: "/v1/readers"}
	serve(t, reader.Config{Rules: []reader.Rule{{Match: "SAM", Role: reader.RoleSAM}}}, func(t *testing.T, d *daemon) {
		d.driver.AddReader("SAM NFC 00 00")
		d.insert(t, card(t, "gen2"))
		got := requireDocument[apitype.Readers](t, d.do(readers))
		require.Equal(t, apitype.Readers{Readers: []apitype.Reader{
			{ID: "r41f2bf126746", Name: slot, Role: "card", Interface: "contact", Card: &apitype.Card{
				ATR: "3B6D00000081544C968684510100000002", Since: time.Now().UTC(),
			}},
			{ID: got.Readers[1].ID, Name: "SAM NFC 00 00", Role: "sam", Interface: "contactless"},
		}}, got)
		require.Contains(t, d.do(readers).Body.String(), `"card":null`)

		for cause, code := range map[error]apitype.Code{
			reader.ErrNoService: apitype.ServiceUnavailable, reader.ErrDenied: apitype.ServiceDenied,
		} {
			d.driver.Stop(cause)
			synctest.Wait()
			requireProblem(t, d.do(readers), code, http.StatusServiceUnavailable)
			requireProblem(t, d.read(""), code, http.StatusServiceUnavailable)
			d.driver.Start()
			time.Sleep(time.Minute)
		}
		require.Len(t, requireDocument[apitype.Readers](t, d.do(readers)).Readers, 2)
	})
}

func TestRead(t *testing.T) {
	both := []string{"card_number", "name"}
	for _, row := range []struct {
		name, body string
		origins    []string
		fields     []string // of issuer, then of holder; nil: all
	}{
		{"no body", "", nil, nil},
		{"nothing said", "{}", nil, nil},
		{"null", "null", nil, nil},
		{"blanks around", " {} \n", nil, nil},
		{"by id", `{"reader":"r41f2bf126746"}`, nil, nil},
		{"by name", `{"reader":"Counter 1 00 00"}`, nil, nil},
		{"any interface", `{"interface":"auto"}`, nil, nil},
		{"contact", `{"interface":"contact"}`, nil, nil},
		{"the shortest time", `{"timeout_ms":1}`, nil, nil},
		{"the longest time", `{"timeout_ms":60000}`, nil, nil},
		{"time unsaid", `{"timeout_ms":0}`, nil, nil},
		{"fields", `{"fields":["issuer.card_number","holder.name"]}`, nil, both},
		{"an origin that may read all", "", origins(his), nil},
		{"an origin that may read two fields", "", origins(hall), both},
		{"one of them", `{"fields":["holder.name"]}`, origins(hall), []string{"name"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				d.insert(t, card(t, "gen2"))
				c := call{method: "POST", path: "/v1/read", body: row.body, origins: row.origins}
				got := requireDocument[apitype.ReadDocument](t, d.do(c))
				require.Equal(t, slot, got.Reader.Name)
				require.Equal(t, "contact", got.Interface)
				all := append(names(got.Issuer), names(got.Holder)...)
				if row.fields == nil {
					require.Len(t, all, 13)
					require.Empty(t, got.Missing)
					require.Equal(t, "王小明", got.Holder.Get("name"))
					return
				}
				require.Equal(t, row.fields, all)
			})
		})
	}
}

func names(fields apitype.Fields) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

func TestReadRefused(t *testing.T) {
	const padding = 64 << 10
	for _, row := range []struct {
		name, body string
		origins    []string
		code       apitype.Code
	}{
		{"no JSON", `reader`, nil, apitype.RequestInvalid},
		{"cut short", `{"reader":`, nil, apitype.RequestInvalid},
		{"a list", `[]`, nil, apitype.RequestInvalid},
		{"a text", `"read"`, nil, apitype.RequestInvalid},
		{"an unknown member", `{"reeder":"r41f2bf126746"}`, nil, apitype.RequestInvalid},
		{"a member twice", `{"fields":["holder.name"],"fields":["issuer"]}`, nil, apitype.RequestInvalid},
		{"a member in two cases", `{"reader":"` + slot + `","READER":"` + slot + `"}`, nil, apitype.RequestInvalid},
		{"two documents", `{}{}`, nil, apitype.RequestInvalid},
		{"something behind", `{} x`, nil, apitype.RequestInvalid},
		{"a number for a reader", `{"reader":1}`, nil, apitype.RequestInvalid},
		{"one field for a list", `{"fields":"holder.name"}`, nil, apitype.RequestInvalid},
		{"a text for a number", `{"timeout_ms":"5000"}`, nil, apitype.RequestInvalid},
		{"half a millisecond", `{"timeout_ms":0.5}`, nil, apitype.RequestInvalid},
		{"no time", `{"timeout_ms":-1}`, nil, apitype.RequestInvalid},
		{"too much time", `{"timeout_ms":60001}`, nil, apitype.RequestInvalid},
		{"more time than nanoseconds count", `{"timeout_ms":18446744073710}`, nil, apitype.RequestInvalid},
		{"more time than a number holds", `{"timeout_ms":1e30}`, nil, apitype.RequestInvalid},
		{"another interface", `{"interface":"usb"}`, nil, apitype.RequestInvalid},
		{"an unknown field", `{"fields":["holder.shoe_size"]}`, nil, apitype.RequestInvalid},
		{"a denied field", `{"fields":["holder.sex"]}`, origins(hall), apitype.RequestFieldDenied},
		{"a group that is partly denied", `{"fields":["holder"]}`, origins(hall), apitype.RequestFieldDenied},
		{"too large", `{"reader":"` + strings.Repeat("r", padding) + `"}`, nil, apitype.RequestTooLarge},
		{"too large by blanks", "{}" + strings.Repeat(" ", padding), nil, apitype.RequestTooLarge},
		{"another reader", `{"reader":"r000000000000"}`, nil, apitype.ReaderUnknown},
		{"nothing on that interface", `{"interface":"contactless"}`, nil, apitype.CardAbsent},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				asked := 0
				d.insert(t, softcard.WithLog(card(t, "gen2"), func(_, _ []byte) { asked++ }))
				w := d.do(call{method: "POST", path: "/v1/read", body: row.body, origins: row.origins})
				requireProblem(t, w, row.code, row.code.Entry().HTTP)
				requireCORS(t, w, row.origins)
				require.Zero(t, asked, "the card was asked")
			})
		})
	}
}

func TestLargestBody(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen2"))
		requireDocument[apitype.ReadDocument](t, d.read("{}"+strings.Repeat(" ", 64<<10-2)))
	})
}

func TestReadFails(t *testing.T) {
	t.Run("the card's status word", func(t *testing.T) {
		serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
			d.insert(t, readertest.NewCard(func(context.Context, []byte) ([]byte, error) { return []byte{0x93, 0x03}, nil }))
			require.Equal(t, "9303", requireProblem(t, d.read(""), apitype.CardLocked, http.StatusUnprocessableEntity).SW)
		})
	})
	t.Run("in the time asked for", func(t *testing.T) {
		serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
			d.insert(t, softcard.WithFault(card(t, "gen2"), softcard.Fault{Kind: softcard.Mute, At: 2}))
			start := time.Now()
			requireProblem(t, d.read(`{"timeout_ms":500}`), apitype.Timeout, http.StatusGatewayTimeout)
			require.Equal(t, 500*time.Millisecond, time.Since(start))
		})
	})
	t.Run("in five seconds otherwise", func(t *testing.T) {
		serve(t, reader.Config{Patience: time.Hour}, func(t *testing.T, d *daemon) {
			d.insert(t, softcard.WithFault(card(t, "gen2"), softcard.Fault{Kind: softcard.Mute, At: 2}))
			start := time.Now()
			requireProblem(t, d.read(""), apitype.Timeout, http.StatusGatewayTimeout)
			require.Equal(t, 5*time.Second, time.Since(start))
		})
	})
	t.Run("the card needs keys", func(t *testing.T) {
		serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
			d.insert(t, card(t, "gen3"))
			got := requireDocument[apitype.ReadDocument](t, d.read(""))
			require.Equal(t, []apitype.Missing{{Field: "holder", Reason: apitype.AuthRequired}}, got.Missing)
			require.Nil(t, got.Holder)
		})
	})
}

func TestUnknownPaths(t *testing.T) {
	for _, row := range []struct {
		name, method, path string
		status             int
		allow              string
	}{
		{"none of ours", "GET", "/v2/everything", 404, ""},
		{"under one of ours", "GET", "/v1/readers/1", 404, ""},
		{"a slash too many", "GET", "/v1/readers/", 404, ""},
		{"a folder of the console", "GET", "/console/", 404, ""},
		{"no file of the console", "GET", "/console/secret.txt", 404, ""},
		{"above the console", "GET", "/console/..%2fconsole.go", 404, ""},
		{"two slashes", "GET", "//v1/readers", 404, ""},
		{"a way up", "GET", "/v1/../metrics", 404, ""},
		{"no way at all", "POST", "/v1/./read", 404, ""},
		{"a slash in disguise", "POST", "/v1/pin/a%2Fb", 404, ""},
		{"a small one", "POST", "/v1/functions/a%2fb", 404, ""},
		{"no handshake", "GET", "/v1/events", 426, ""},
		{"none of old pages either", "GET", "/compat", 426, ""},
		{"HEAD of events", "HEAD", "/v1/events", 426, ""},
		{"PUT", "PUT", "/v1/read", 405, "POST"},
		{"GET of a read", "GET", "/v1/read", 405, "POST"},
		{"POST to the readers", "POST", "/v1/readers", 405, "GET"},
		{"POST to the console", "POST", "/", 405, "GET"},
		{"DELETE of its file", "DELETE", "/console/console.js", 405, "GET"},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				w := d.do(call{method: row.method, path: row.path})
				requireProblem(t, w, apitype.RequestInvalid, row.status)
				require.Equal(t, row.allow, w.Header().Get("Allow"))
			})
		})
	}
}

// panicText is what a card says that the log must not say after it.
const panicText = "王小明 in the wrong place"

func TestPanic(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, readertest.NewCard(func(context.Context, []byte) ([]byte, error) { panic(panicText) }))
		p := requireProblem(t, d.read(""), apitype.Internal, http.StatusInternalServerError)
		require.Equal(t, "the reading panicked", p.Detail)
		logged.requires(t, "level=ERROR msg=panic", "TestPanic")

		d.insert(t, card(t, "gen2"))
		requireDocument[apitype.ReadDocument](t, d.read(""))
	})
}

func TestLogLine(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for _, row := range []struct {
			call call
			line string
		}{
			{call{path: "/v1/version?name=张三"}, `method=GET path=/v1/version origin="" status=200 code=""`},
			{call{path: "/v1/A00000038"}, `method=GET path=other origin="" status=404 code=request.invalid`},
			{call{path: "/", authorization: none}, `path=/ origin="" status=200 code=""`},
			{call{origins: origins("https://evil.example")}, `origin=https://evil.example status=403 code=request.origin_denied`},
			{call{method: "POST", path: "/v1/read"}, `method=POST path=/v1/read origin="" status=409 code=card.absent`},
		} {
			w := d.do(row.call)
			logged.requires(t, "id="+w.Header().Get("X-Request-Id"), row.line)
		}
	})
}

// 200 callers who ask for the same wait for two readings: that which has begun, and the next.
func TestManyCallersShare(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		slow := softcard.Fault{Kind: softcard.Slow, At: 1, Delay: 10 * time.Millisecond} // 30 ms a read
		d.insert(t, softcard.WithFault(card(t, "gen2"), slow))
		var all sync.WaitGroup
		start := time.Now()
		for range 200 {
			all.Go(func() {
				got := requireDocument[apitype.ReadDocument](t, d.read(""))
				require.Equal(t, "王小明", got.Holder.Get("name"))
			})
		}
		all.Wait()
		require.LessOrEqual(t, time.Since(start), 60*time.Millisecond)
	})
}

// apart are fields that nobody else asks for.
func apart(caller int) string {
	fields := []string{"issuer.card_number", "holder.name"}
	for bit, more := range []string{"issuer.card_class", "issuer.issue_date", "issuer.expiry_date", "issuer.issuer_id", "holder.sex", "holder.ethnicity", "holder.birthplace", "holder.birth_date"} {
		if caller>>bit&1 == 1 {
			fields = append(fields, more)
		}
	}
	return `"` + strings.Join(fields, `","`) + `"`
}

// 200 callers at one reader, each with another wish: each gets his right document or a problem that says why not, in
// his time.
func TestManyCallers(t *testing.T) {
	const callers, queue = 200, 150
	type answer struct {
		*httptest.ResponseRecorder
		timeout, elapsed time.Duration
	}
	serve(t, reader.Config{Queue: queue}, func(t *testing.T, d *daemon) {
		slow := softcard.Fault{Kind: softcard.Slow, At: 1, Delay: 10 * time.Millisecond} // 30 ms a read
		d.insert(t, softcard.WithFault(card(t, "gen2"), slow))
		answers := make([]answer, callers)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				start, timeout := time.Now(), time.Duration(1+i%4)*time.Second
				w := d.read(fmt.Sprintf(`{"timeout_ms":%d,"fields":[%s]}`, timeout.Milliseconds(), apart(i)))
				answers[i] = answer{w, timeout, time.Since(start)}
			})
		}
		all.Wait()
		count := map[int]int{}
		for _, a := range answers {
			require.LessOrEqual(t, a.elapsed, a.timeout)
			switch count[a.Code]++; a.Code {
			case http.StatusConflict: // the queue was full, or his turn did not come
				requireProblem(t, a.ResponseRecorder, apitype.ReaderBusy, http.StatusConflict)
			case http.StatusGatewayTimeout: // his turn came too late
				requireProblem(t, a.ResponseRecorder, apitype.Timeout, http.StatusGatewayTimeout)
			default:
				got := requireDocument[apitype.ReadDocument](t, a.ResponseRecorder)
				require.Equal(t, "A00000038", got.Issuer.Get("card_number"))
				require.Equal(t, "王小明", got.Holder.Get("name"))
				require.Equal(t, 3, got.Exchanges)
			}
		}
		require.GreaterOrEqual(t, count[http.StatusConflict], callers-queue-1, "who found the queue full")
		require.GreaterOrEqual(t, count[http.StatusOK], 33, "the first second's worth")
	})
}

// Each gets the card that lies in the reader when his turn comes, and never half of two.
func TestCallersWhileCardsChange(t *testing.T) {
	right := map[string]string{"A00000038": "王小明", "F00000077": "阿卜杜热依木·麦麦提图尔荪托合提"}
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen2"))
		answers := make([]*httptest.ResponseRecorder, 200)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = d.read("") })
		}
		for i := range 40 {
			require.NoError(t, d.driver.Insert(slot, card(t, []string{"gen2-long-name", "gen2"}[i%2])))
		}
		all.Wait()
		for _, w := range answers {
			if w.Code == http.StatusConflict {
				requireProblem(t, w, apitype.CardRemoved, http.StatusConflict)
				continue
			}
			got := requireDocument[apitype.ReadDocument](t, w)
			require.NotEmpty(t, got.Holder.Get("name"))
			require.Equal(t, right[got.Issuer.Get("card_number")], got.Holder.Get("name"))
		}
	})
}

func TestJournalFindsLeaks(t *testing.T) {
	var j journal
	_, _ = j.Write([]byte("token=" + token + " name=张三 number=510100200001040015 card=A00000038 id=r41f2bf126746"))
	require.ElementsMatch(t, []string{token, "张三", "510100200001040015", "A00000038"}, j.leaks())
}

func TestServer(t *testing.T) {
	profiles, err := profile.Load("")
	require.NoError(t, err)
	log := slog.New(slog.NewTextHandler(&logged, nil))
	cfg := httpapi.Config{Terminal: terminal.New(terminal.Config{Pool: reader.NewPool(nil, reader.Config{}), Profiles: profiles, Log: log}), Door: door.New(door.Config{}), Log: log}
	server, err := httpapi.NewServer(cfg)
	require.NoError(t, err)
	require.Positive(t, server.ReadHeaderTimeout)
	require.Positive(t, server.ReadTimeout)
	require.Greater(t, server.WriteTimeout, time.Minute, "the longest timeout_ms must fit")
	require.Positive(t, server.IdleTimeout)
	require.Positive(t, server.MaxHeaderBytes)

	cfg.Door = door.New(door.Config{Origins: []config.Origin{{Origin: hall, Fields: []string{"holder.name", "holder.shoe_size"}}}})
	_, err = httpapi.NewServer(cfg)
	require.ErrorContains(t, err, `origin https://hall.example: no such field: "holder.shoe_size"`)
}
