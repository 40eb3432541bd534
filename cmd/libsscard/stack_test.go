//go:build cgo && linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
	"sscard/testdata"
)

// The tests in this file call the library from C programs, through a real pcscd, over software cards.

const bearer = "73d9eecc4b1f11f0a9f0c8d3ffd6a1f873d9eecc4b1f11f0a9f0c8d3ffd6a1f8"

// counterPC is a PC with a daemon, whose configuration the library reads too, until stop.
type counterPC struct {
	seeing     []*reader.Pool // the daemon's, and one of the test's: both must have seen a card
	configFile string
	url        string
	stop       func()
}

func newCounterPC(t testing.TB) *counterPC { return newCounterPCWith(t, function.Config{}) }

// newCounterPCWith has a daemon whose functions are so configured.
func newCounterPCWith(t testing.TB, functions function.Config) *counterPC {
	needStack(t)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte("readers: [{match: SAM, role: sam}]\n"), 0o600))
	cfg, err := config.Load(file)
	require.NoError(t, err)
	url, its, stop := serve(t, cfg, functions)
	return &counterPC{seeing: []*reader.Pool{its, watched(t)}, configFile: file, url: url, stop: stop}
}

// serve runs a daemon until stop, or until the test ends.
func serve(t testing.TB, cfg config.Config, functions function.Config) (url string, its *reader.Pool, stop func()) {
	log := slog.New(slog.DiscardHandler)
	e, err := wiring.Equip(context.Background(), pcsc.New(), cfg, log)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, err := httpapi.NewServer(httpapi.Config{
		Terminal: e.Terminal, Functions: function.New(e.Terminal, functions), Port: listener.Addr().(*net.TCPAddr).Port,
		Door: door.New(door.Config{Token: bearer}), Version: apitype.Version{Version: "test"}, Log: log,
	})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	stop = sync.OnceFunc(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		e.Stop()
	})
	t.Cleanup(stop)
	return "http://" + listener.Addr().String(), e.Pool, stop
}

// watched is a pool that sees the cards come and go, until the test ends.
func watched(t testing.TB) *reader.Pool {
	pool := reader.NewPool(pcsc.New(), reader.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		pool.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return pool
}

// insert puts the card into the reader until the test ends.
func (pc *counterPC) insert(t testing.TB, slot int, card vpcd.Card) {
	t.Helper()
	at := stack.Readers()[slot]
	ctx, takeOut := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() { left <- vpcd.Serve(ctx, at.Addr, card) }()
	until := func(held bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		for _, pool := range pc.seeing {
			_, err := pool.Await(ctx, func(s reader.Snapshot) bool {
				return slices.ContainsFunc(s.Readers, func(r reader.Reader) bool { return r.Name == at.Name && (r.Card != nil) == held })
			})
			require.NoError(t, err, "%s: card seen: %v", at.Name, held)
		}
	}
	until(true)
	t.Cleanup(func() {
		takeOut()
		<-left
		pc.seeing = pc.seeing[len(pc.seeing)-1:] // the daemon may have been stopped
		until(false)
	})
}

const (
	cardSlot = 0
	samSlot  = 2
)

func description(t testing.TB, path string) []byte {
	files := testdata.Cards
	if strings.HasPrefix(path, "sams/") {
		files = testdata.SAMs
	}
	data, err := files.ReadFile(path)
	require.NoError(t, err)
	return data
}

func software(t testing.TB, description []byte) softcard.Answerer {
	card, err := softcard.Parse(description)
	require.NoError(t, err)
	return card
}

// mode is how the library is told where to go.
type mode string

const (
	atDaemon  mode = "daemon"
	inProcess mode = "in process"
)

func (pc *counterPC) environment(m mode) []string {
	env := append(os.Environ(), envConfig+"="+pc.configFile, envToken+"="+bearer)
	if m == atDaemon {
		return append(env, envURL+"="+pc.url)
	}
	return append(env, envURL+"=http://127.0.0.1:1")
}

// counter is a C program that is running.
type counter struct {
	t   testing.TB
	in  io.WriteCloser
	out *bufio.Scanner
}

// start runs the C program until the test ends.
func (pc *counterPC) start(t testing.TB, m mode, args ...string) *counter {
	command := exec.Command(program(t, "counter"), args...)
	command.Env = pc.environment(m)
	command.Stderr = t.Output()
	in, err := command.StdinPipe()
	require.NoError(t, err)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, command.Wait())
	})
	return &counter{t, in, bufio.NewScanner(simplifiedchinese.GBK.NewDecoder().Reader(out))}
}

func (c *counter) call(name string, params ...string) function.Result {
	c.t.Helper()
	c.send(name, params...)
	return c.result()
}

func (c *counter) send(name string, params ...string) {
	line, err := simplifiedchinese.GBK.NewEncoder().String(strings.Join(append([]string{name}, params...), "\t") + "\n")
	require.NoError(c.t, err)
	_, err = io.WriteString(c.in, line)
	require.NoError(c.t, err)
}

func (c *counter) result() function.Result {
	c.t.Helper()
	require.True(c.t, c.out.Scan(), "the program has ended: %v", c.out.Err())
	number, text, _ := strings.Cut(c.out.Text(), "\t")
	n, err := strconv.Atoi(number)
	require.NoError(c.t, err)
	return function.Result{Return: n, OutInfo: text}
}

// Every generation and algorithm, with a PSAM and by an HSM, at the daemon and in the process: the same strings.
func TestEveryWay(t *testing.T) {
	tests := []struct{ name, card, from, to, region, holder string }{
		{"1.0 DES", "gen1", "", "", "330100", "李四"},
		{"2.0 DES", "gen2", "", "", "510100", "王小明"},
		{"3.0 DES", "gen3-full", "algorithm: SM4", "algorithm: DES", "510100", "黄磊"},
		{"3.0 SM4", "gen3-full", "", "", "510100", "黄磊"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pc := newCounterPC(t)
			card := bytes.Replace(description(t, "cards/"+test.card+".yaml"), []byte(test.from), []byte(test.to), 1)
			pc.insert(t, cardSlot, software(t, card))
			pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
			want := readings(t, pc.start(t, atDaemon))
			got := readings(t, pc.start(t, inProcess))
			require.Equal(t, want, got)

			require.Zero(t, want[0].Return, want[0].OutInfo)
			fields := strings.Split(want[0].OutInfo, "|")
			require.Len(t, fields, 12)
			require.Equal(t, test.region, fields[0])
			require.Equal(t, test.holder, fields[4])
			require.Equal(t, "510100000001", fields[9], "终端机编号")
			require.Equal(t, want[0], want[1], "by HSM as with a PSAM")
			require.Equal(t, function.Result{OutInfo: "SSSEEF05|" + fields[2] + "|$SSSEEF06|" + test.holder + "|$"}, want[2])
		})
	}
}

// readings are what the functions give that read.
func readings(t testing.TB, c *counter) []function.Result {
	basic := c.call("iReadCardBas", "3")
	request := c.call("iReadCardBas_HSM_Step1", "1")
	require.Zero(t, request.Return, request.OutInfo)
	byHSM := c.call("iReadCardBas_HSM_Step2", newBackEnd(t).read(request.OutInfo))
	fields := strings.Split(basic.OutInfo, "|")
	require.Greater(t, len(fields), 3, basic.OutInfo)
	items := c.call("iReadCard", "1", "2", fields[3]+"|"+fields[2]+"|", "SSSEEF05|07|$SSSEEF06|09|$")
	return []function.Result{basic, byHSM, items}
}

// Every other function on a card with all applications, at the daemon and in the process alike. The reader has no
// keypad, so what wants a PIN says so.
func TestEveryFunction(t *testing.T) {
	var first []function.Result
	for _, m := range []mode{atDaemon, inProcess} {
		t.Run(string(m), func(t *testing.T) {
			pc := newCounterPC(t)
			pc.insert(t, cardSlot, software(t, description(t, "cards/gen3-full.yaml")))
			pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
			results := everyFunction(t, pc.start(t, m))
			if first == nil {
				first = results
			}
			require.Equal(t, first, results)
		})
	}
}

// everyFunction calls those that readings does not, and gives what does not differ from call to call.
func everyFunction(t *testing.T, c *counter) (results []function.Result) {
	hsm := newBackEnd(t)
	const birthplace = "SSSEEF06|0C|$"
	call := func(want int, name string, params ...string) string {
		t.Helper()
		result := c.call(name, params...)
		require.Equal(t, want, result.Return, "%s: %s", name, result.OutInfo)
		if strings.Contains(name, "_Step") && want == 0 {
			return result.OutInfo
		}
		results = append(results, result)
		return result.OutInfo
	}
	request := call(0, "iReadCardBas_HSM_Step1", "1")
	fields := strings.Split(call(0, "iReadCardBas_HSM_Step2", hsm.read(request)), "|")
	card := fields[3] + "|" + fields[2] + "|"

	photo := call(0, "iReadCard", "1", "2", card, "SSSEEF08|$")
	request = call(0, "iReadCard_HSM_Step1", "1", card, "SSSEEF08|$")
	require.Equal(t, photo, call(0, "iReadCard_HSM_Step2", hsm.open(request)))
	call(-2204, "iReadCard_HSM_Step1", "1", card, "SSSEEF05|07|$")
	call(-22, "iReadCard", "1", "2", "00"+card[2:], "SSSEEF05|07|$")

	require.Equal(t, "SSSEEF06|510100|$", call(0, "iReadCard", "1", "2", card, birthplace))
	call(0, "iWriteCard", "1", card, birthplace, "SSSEEF06|510107|$")
	require.Equal(t, "SSSEEF06|510107|$", call(0, "iReadCard", "1", "2", card, birthplace))
	request = call(0, "iWriteCard_HSM_Step1", "1", card, birthplace)
	call(0, "iWriteCard_HSM_Step2", hsm.open(request), "SSSEEF06|510108|$")
	require.Equal(t, "SSSEEF06|510108|$", call(0, "iReadCard", "1", "2", card, birthplace))
	call(-23, "iWriteCard", "1", card, birthplace, "SSSEEF05|510108|$")

	call(0, "iUnblockPIN", "1", card)
	request = call(0, "iUnblockPIN_HSM_Step1", "1", card)
	request = call(0, "iUnblockPIN_HSM_Step2", hsm.open(request))
	call(0, "iUnblockPIN_HSM_Step3", hsm.resetPIN(request))

	const needPIN, noSession = -27010, -12
	call(needPIN, "iVerifyPIN", "1")
	call(needPIN, "iChangePIN", "1")
	call(needPIN, "iReloadPIN", "1", card)
	request = call(0, "iReloadPIN_HSM_Step1", "1", card)
	call(needPIN, "iReloadPIN_HSM_Step2", hsm.open(request))
	call(noSession, "iReloadPIN_HSM_Step3", "84240001147A")
	call(needPIN, "iReadDebitRecord", "1")
	const payment = "100.00|87.66|20260101123015|"
	call(needPIN, "iDoDebit", "1", card, payment)
	call(needPIN, "iDoDebit_HSM_Step1", "1", card, payment)
	call(noSession, "iDoDebit_HSM_Step2", "00000010|20260101123015|00000000|")
	return results
}

// Without a PSAM the number sends the counter to the HSM functions, which work.
func TestWithoutPSAM(t *testing.T) {
	pc := newCounterPC(t)
	pc.insert(t, cardSlot, software(t, description(t, "cards/gen3-full.yaml")))
	for _, m := range []mode{atDaemon, inProcess} {
		t.Run(string(m), func(t *testing.T) {
			c := pc.start(t, m)
			require.Equal(t, -2201, c.call("iReadCardBas", "1").Return)
			request := c.call("iReadCardBas_HSM_Step1", "1")
			answer := c.call("iReadCardBas_HSM_Step2", newBackEnd(t).read(request.OutInfo))
			require.Zero(t, answer.Return, answer.OutInfo)
			require.Contains(t, answer.OutInfo, "|黄磊|")
			require.Contains(t, answer.OutInfo, "|000000000000|", "终端机编号")
			require.Equal(t, -12, c.call("iReadCardBas_HSM_Step2", "").Return, "a session serves once")
			require.Equal(t, -2, c.call("iReadCardBas", "2").Return, "no contactless reader")
		})
	}
}

// Eight threads at once, each many times: every call gets the card.
func TestThreads(t *testing.T) {
	const threads, times = 8, 25
	pc := newCounterPC(t)
	pc.insert(t, cardSlot, software(t, description(t, "cards/gen2.yaml")))
	pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
	for _, m := range []mode{atDaemon, inProcess} {
		t.Run(string(m), func(t *testing.T) {
			c := pc.start(t, m, strconv.Itoa(threads), strconv.Itoa(times))
			c.send("iReadCardBas", "1")
			for range threads * times {
				result := c.result()
				require.Zero(t, result.Return, result.OutInfo)
				require.Contains(t, result.OutInfo, "|王小明|")
			}
		})
	}
}

// When the daemon goes, the next call is made in the process.
func TestDaemonGoes(t *testing.T) {
	pc := newCounterPC(t)
	pc.insert(t, cardSlot, software(t, description(t, "cards/gen2.yaml")))
	pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
	c := pc.start(t, atDaemon)
	before := c.call("iReadCardBas", "1")
	require.Zero(t, before.Return, before.OutInfo)
	require.Zero(t, c.call("iReadCardBas_HSM_Step1", "1").Return)
	pc.stop()
	require.Equal(t, -12, c.call("iReadCardBas_HSM_Step2", "00").Return, "the session went with the daemon")
	require.Equal(t, before, c.call("iReadCardBas", "1"))
	requireAudited(t)
}

// Calls that are under way when the daemon goes get their card or a number; none hangs, and the later ones get the card.
func TestThreadsWhenTheDaemonGoes(t *testing.T) {
	const threads, times = 8, 20
	pc := newCounterPC(t)
	pc.insert(t, cardSlot, software(t, description(t, "cards/gen2.yaml")))
	pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
	t.Setenv(envConfig, pc.configFile)
	t.Setenv(envURL, pc.url)
	t.Setenv(envToken, bearer)
	var l library
	results := make(chan function.Result)
	for range threads {
		go func() {
			for range times {
				results <- l.call("iReadCardBas", []string{"1"})
			}
		}()
	}
	for i := range threads * times {
		result := <-results
		if i == threads*times/4 {
			pc.stop()
		}
		if result.Return != 0 {
			require.Less(t, i, threads*times/2, result.OutInfo)
			// The daemon is gone, or has the PSAM still while the process asks for it.
			require.Contains(t, []int{-11, -2201}, result.Return, result.OutInfo)
		}
	}
	require.IsType(t, (*local)(nil), l.way)
}
