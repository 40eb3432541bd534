package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/terminal/apitype"
	"sscard/terminal/function"
	"sscard/testdata"
)

const samSlot = "SAM 00 00"

var samRule = reader.Config{Rules: []reader.Rule{{Match: "SAM", Role: reader.RoleSAM}}}

func (d *daemon) insertPSAM(t *testing.T, name string) {
	t.Helper()
	d.driver.AddReader(samSlot)
	require.NoError(t, d.driver.Insert(samSlot, psam(t, name)))
	synctest.Wait()
}

func psam(t *testing.T, name string) *softcard.Card {
	t.Helper()
	description, err := testdata.SAMs.ReadFile("sams/" + name + ".yaml")
	require.NoError(t, err)
	c, err := softcard.Parse(description)
	require.NoError(t, err)
	return c
}

func (d *daemon) function(name, body string, origins ...string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/functions/" + name, body: body, origins: origins})
}

const gen3Basic = "510100|510100200001010019|A00000003|510100D15600000500000001FFFFFFFF|张三|0081544C968684510100000001|" +
	"3.00|20200101|20300101|"

func TestFunctions(t *testing.T) {
	tests := []struct {
		name, card, psam, function, body string
		returns                          int
		out                              string // beginning of it
	}{
		{"3.0 with a PSAM", "gen3", "psam", "iReadCardBas", `{"iType": 3}`, 0, gen3Basic},
		{"3.0 without one", "gen3", "", "iReadCardBas", `{"iType": 3}`, -2201, "无 PSAM 卡"},
		{"2.0 without one", "gen2", "", "iReadCardBas", `{"iType": 1}`, -2201, "无 PSAM 卡"},
		{"3.0, PSAM without SM4", "gen3", "psam-des", "iReadCardBas", `{"iType": 3}`, -2202, "PSAM 卡不支持"},
		{"3.0, PSAM without RKSSSE", "gen3", "psam-no-rksssse", "iReadCardBas", `{"iType": 3}`, -2203, "PSAM 卡内没有"},
		{"2.0 with a PSAM", "gen2", "psam", "iReadCardBas", `{"iType": 4}`, 0, "510100|510100200001040015|A00000038|"},
		{"no card there", "", "psam", "iReadCardBas", `{"iType": 3}`, -2, "没有卡"},
		{"contactless wanted", "gen2", "psam", "iReadCardBas", `{"iType": 2}`, -2, "没有卡"},
		{"no such type", "gen2", "psam", "iReadCardBas", `{"iType": 9}`, -14, "命令参数错"},
		{"step 1", "gen3", "", "iReadCardBas_HSM_Step1", `{"iType": 3}`, 0, "510100|0081544C968684510100000001|03|510100D15600000500000001FFFFFFFF|"},
		{"step 2 without step 1", "gen3", "", "iReadCardBas_HSM_Step2", `{"pKey": "00"}`, -12, "没有这个会话"},
		{"item of a free file", "gen3", "psam", "iReadCard", `{"iType": 3, "iAuthType": 2, "pCardInfo": "510100D15600000500000001FFFFFFFF|A00000003|", "pFileAddr": "SSSEEF05|07|05|$"}`, 0, "SSSEEF05|A00000003|20200101|$"},
		{"item behind a key", "gen3", "psam", "iReadCard", `{"iType": 3, "iAuthType": 2, "pCardInfo": "510100D15600000500000001FFFFFFFF|A00000003|", "pFileAddr": "SSSEEF06|09|$"}`, 0, "SSSEEF06|张三|$"},
		{"another card meant", "gen3", "psam", "iReadCard", `{"iType": 3, "iAuthType": 2, "pCardInfo": "510100D15600000500000009FFFFFFFF|A00000003|", "pFileAddr": "SSSEEF05|07|$"}`, -22, "卡已更换"},
		{"no such address", "gen3", "psam", "iReadCard", `{"iType": 3, "iAuthType": 2, "pCardInfo": "510100D15600000500000001FFFFFFFF|A00000003|", "pFileAddr": "EF05"}`, -23, "传入数据不合法"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			serve(t, samRule, func(t *testing.T, d *daemon) {
				if test.psam != "" {
					d.insertPSAM(t, test.psam)
				}
				if test.card != "" {
					d.insert(t, card(t, test.card))
				}
				got := requireDocument[function.Result](t, d.function(test.function, test.body))
				require.Equal(t, test.returns, got.Return, got.OutInfo)
				require.Truef(t, strings.HasPrefix(got.OutInfo, test.out), "%s", got.OutInfo)
			})
		})
	}
}

func TestFunctionsRefused(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		requireProblem(t, d.function("iMakeCoffee", `{}`), apitype.RequestInvalid, http.StatusNotFound)
		requireProblem(t, d.function("iReadCardBas", `{}`), apitype.RequestInvalid, http.StatusBadRequest)
		requireProblem(t, d.function("iReadCardBas", `{"iType": "three"}`), apitype.RequestInvalid, http.StatusBadRequest)
		requireProblem(t, d.function("iReadCardBas", `{"iType": 3, "iKind": 1}`), apitype.RequestInvalid, http.StatusBadRequest)
		requireProblem(t, d.function("iReadCardBas", `{"iType": 3}`, hall), apitype.RequestFieldDenied, http.StatusForbidden)
	})
}

// Where two readers hold a card each, the caller names one.
func TestFunctionAtAReader(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		const other = "Counter 2 00 00"
		d.driver.AddReader(other)
		require.NoError(t, d.driver.Insert(other, card(t, "gen3")))
		d.insert(t, card(t, "gen2"))
		d.insertPSAM(t, "psam")
		for _, row := range []struct {
			name, params string
			returns      int
			out          string
		}{
			{"none named", `{"iType": 1}`, apitype.RequestInvalid.Entry().Function, ""},
			{"one by its name", `{"iType": 1, "reader": "` + slot + `"}`, 0, "王小明"},
			{"the other by its name", `{"iType": 1, "reader": "` + other + `"}`, 0, "张三"},
			{"the other by its id", `{"iType": 3, "reader": "` + reader.IDOf(other) + `"}`, 0, "张三"},
			{"by the other interface", `{"iType": 2, "reader": "` + slot + `"}`, apitype.RequestInvalid.Entry().Function, "该读卡器的接口与 iType 不符"},
			{"nobody's", `{"iType": 1, "reader": "Counter 3"}`, apitype.ReaderUnknown.Entry().Function, ""},
		} {
			result := requireDocument[function.Result](t, d.function("iReadCardBas", row.params))
			require.Equal(t, row.returns, result.Return, row.name)
			require.Contains(t, result.OutInfo, row.out, row.name)
		}
	})
}

// What one caller has begun another cannot go on with.
func TestStepsBelongToTheirCaller(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3"))
		first := requireDocument[function.Result](t, d.function("iReadCardBas_HSM_Step1", `{"iType": 3}`, his))
		require.Zero(t, first.Return)
		other := requireDocument[function.Result](t, d.function("iReadCardBas_HSM_Step2", `{"pKey": "00"}`))
		require.Equal(t, -12, other.Return)
	})
}

// Who begins something else does not wait for the card that he holds himself.
func TestBegunAnew(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3"))
		d.insertPSAM(t, "psam")
		require.Zero(t, requireDocument[function.Result](t, d.function("iReadCardBas_HSM_Step1", `{"iType": 3}`)).Return)
		start := time.Now()
		require.Zero(t, requireDocument[function.Result](t, d.function("iReadCardBas", `{"iType": 3}`)).Return)
		require.Equal(t, start, time.Now(), "on the clock of the test")
		require.Equal(t, -12, requireDocument[function.Result](t, d.function("iReadCardBas_HSM_Step2", `{"pKey": "00"}`)).Return)
	})
}

// A function does not end what another program, which has the same token, has begun otherwise.
func TestFunctionsLeaveAReadingAlone(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3"))
		begun := requireDocument[apitype.PendingRead](t, d.do(call{method: "POST", path: "/v1/read/begin", body: `{}`}))
		answered := make(chan *httptest.ResponseRecorder)
		go func() { answered <- d.function("iReadCardBas", `{"iType": 3}`) }()
		synctest.Wait() // until it waits for the reader
		w := d.do(call{method: "POST", path: "/v1/read/finish", body: finishing(begun)})
		require.Equal(t, "not_genuine", requireDocument[apitype.ReadDocument](t, w).Authenticity.Result)
		require.Equal(t, apitype.SAMAbsent.Entry().Function, requireDocument[function.Result](t, <-answered).Return)
	})
}

func TestReadInTwoSteps(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3"))
		begun := requireDocument[apitype.PendingRead](t, d.do(call{method: "POST", path: "/v1/read/begin", body: `{"interface": "contact"}`}))
		require.Equal(t, 8, strings.Count(begun.Request, "|"))
		finish := func(body string) *httptest.ResponseRecorder {
			return d.do(call{method: "POST", path: "/v1/read/finish", body: body})
		}
		requireProblem(t, finish(`{"session": "nobody's", "answer": "|"}`), apitype.SessionUnknown, http.StatusNotFound)
		for _, body := range []string{"", "{}", `{"answer": "|"}`, `{"session": "` + begun.Session + `"}`, `{"session": null, "answer": null}`} {
			requireProblem(t, finish(body), apitype.RequestInvalid, http.StatusBadRequest)
		}
		requireProblem(t, finish(`{"session": "`+begun.Session+`", "answer": "|"}`), apitype.RequestInvalid, http.StatusBadRequest)
		requireProblem(t, finish(`{"session": "`+begun.Session+`", "answer": "|"}`), apitype.SessionUnknown, http.StatusNotFound)
	})
}

// Old pages talk over a WebSocket, each in the words of its vendor's program.
func TestCompat(t *testing.T) {
	tests := []struct{ name, says, hears string }{
		{"function by name", `{"function":"iReadCardBas","iType":3}`, `{"functionName":"iReadCardBas","success":"-2201","pOutInfo":"无 PSAM 卡"}`},
		{"parameters in a list", `{"func":"iReadCardBas","in":["3"]}`, `{"result":-2201,"out":["无 PSAM 卡"]}`},
		{"a number as text", `{"function":"iReadCardBas","iType":"3"}`, `{"functionName":"iReadCardBas","success":"-2201","pOutInfo":"无 PSAM 卡"}`},
		{"a number in a list", `{"func":"iReadCardBas","in":[3]}`, `{"result":-2201,"out":["无 PSAM 卡"]}`},
		{"text that is no number", `{"function":"iReadCardBas","iType":"three"}`, `{"functionName":"iReadCardBas","success":"-14","pOutInfo":"命令参数错"}`},
		{"half a number", `{"iType":2.5,"function":"iReadCardBas"}`, `{"functionName":"iReadCardBas","success":"-14","pOutInfo":"命令参数错"}`},
		{"text that is a number", `{"function":"iReadCardBas_HSM_Step2","pKey":5}`, `{"functionName":"iReadCardBas_HSM_Step2","success":"-23","pOutInfo":"传入数据不合法"}`},
		{"a list that is none", `{"func":"iReadCardBas","in":"3"}`, `{"result":-23,"out":["传入数据不合法"]}`},
		{"neither text nor number", `{"func":"iReadCardBas","in":[{}]}`, `{"result":-14,"out":["命令参数错"]}`},
		{"null for a parameter", `{"function":"iReadCardBas","iType":null}`, `{"functionName":"iReadCardBas","success":"-14","pOutInfo":"命令参数错"}`},
		{"a function there is not", `{"function":"iReadIdentityCard"}`, `{"functionName":"iReadIdentityCard","success":"-13","pOutInfo":"不支持该命令"}`},
		{"a parameter short", `{"function":"iReadCardBas"}`, `{"functionName":"iReadCardBas","success":"-14","pOutInfo":"命令参数错"}`},
		{"a function there is not, in a list", `{"func":"iReadIdentityCard","in":[]}`, `{"result":-13,"out":["不支持该命令"]}`},
		{"a list too long", `{"func":"iReadCardBas","in":["3","4"]}`, `{"result":-14,"out":["命令参数错"]}`},
		{"a list too short", `{"func":"iReadCardBas"}`, `{"result":-14,"out":["命令参数错"]}`},
		{"not UTF-8", "{\"function\":\"iReadCardBas\",\"iType\":3,\"pKey\":\"\xff\"}", `{"functionName":"","success":"-23","pOutInfo":"传入数据不合法"}`},
		{"not JSON", `hello`, `{"functionName":"","success":"-23","pOutInfo":"传入数据不合法"}`},
	}
	page := dialOld(t, his)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.NoError(t, page.Write(t.Context(), websocket.MessageText, []byte(test.says)))
			_, answer, err := page.Read(t.Context())
			require.NoError(t, err)
			require.JSONEq(t, test.hears, string(answer))
		})
	}
	limited := dialOld(t, hall)
	require.NoError(t, limited.Write(t.Context(), websocket.MessageText, []byte(tests[0].says)))
	_, answer, err := limited.Read(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(answer), "不允许该来源调用", "an origin with fields")

	_, refused, err := dial(t, "https://evil.example")
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, refused.StatusCode)
}

func dialOld(t *testing.T, origin string) *websocket.Conn {
	t.Helper()
	page, _, err := dial(t, origin)
	require.NoError(t, err)
	t.Cleanup(func() { page.CloseNow() })
	return page
}

// dial opens /compat of a daemon of its own, on a real port.
func dial(t *testing.T, origin string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	server := listening(t)
	return websocket.Dial(context.Background(), server+"/compat", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
}

// described is a card whose description has something else in the place of something.
func described(t *testing.T, name string, change ...string) *softcard.Card {
	t.Helper()
	text, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(t, err)
	changed := strings.NewReplacer(change...).Replace(string(text))
	require.NotEqual(t, string(text), changed)
	c, err := softcard.Parse([]byte(changed))
	require.NoError(t, err)
	return c
}
