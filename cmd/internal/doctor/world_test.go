package doctor_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/cmd/internal/doctor"
	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	desk    = "Desk Contact 00 00"
	samSlot = "Desk SAM 00 00"
)

// world is a counter where everything is as it should be, until a test breaks something.
type world struct {
	doctor.Environment
	t       *testing.T
	service *virtual.Driver
	daemon  *httptest.Server
	config  string // text of the file
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, service: virtual.New(desk, samSlot)}
	w.insert(desk, "gen2")
	w.insert(samSlot, "psam")
	w.listen(health(`{"status": "ok", "version": "0.1.0"}`))
	root := t.TempDir()
	w.Environment = doctor.Environment{
		Root: root, Socket: filepath.Join(root, "pcscd.comm"), Driver: w.service, User: os.Geteuid(),
		HTTP:       &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		ConfigFile: filepath.Join(root, "config.yaml"), StateDir: filepath.Join(root, "state"),
		Version: apitype.Version{Version: "0.1.0"},
		Free:    func(string) (uint64, error) { return 1 << 40, nil },
	}
	w.config = "readers: [{match: SAM, role: sam}]\norigins: [{origin: https://hall.example}]\ntrust: {roots: [" + w.testdata("trust/root.pem") + "]}\n"
	w.file("usr/sbin/pcscd", "")
	w.file("usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist", "")
	w.file("etc/os-release", "NAME=X\nPRETTY_NAME=\"Example OS 1\"\n")
	w.socket(0o666)
	_, err := wiring.State{Dir: w.StateDir}.NewToken()
	require.NoError(t, err)
	return w
}

// examine has the doctor look.
func (w *world) examine() doctor.Report {
	w.t.Helper()
	if w.Listen == "" {
		w.Listen = strings.TrimPrefix(w.daemon.URL, "http://")
	}
	require.NoError(w.t, os.WriteFile(w.ConfigFile, []byte(w.config), 0o600))
	return doctor.Examine(w.t.Context(), w.Environment)
}

// file puts a file below the root.
func (w *world) file(name, content string) {
	path := filepath.Join(w.Root, name)
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, []byte(content), 0o644))
}

func (w *world) remove(name string) { require.NoError(w.t, os.RemoveAll(filepath.Join(w.Root, name))) }

// socket is one on which somebody listens.
func (w *world) socket(mode os.FileMode) {
	l, err := net.Listen("unix", w.Socket)
	require.NoError(w.t, err)
	require.NoError(w.t, os.Chmod(w.Socket, mode))
	w.t.Cleanup(func() { l.Close() })
}

// staleSocket is one that a dead service has left behind.
func (w *world) staleSocket() {
	w.Socket = filepath.Join(w.t.TempDir(), "stale")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: w.Socket, Net: "unix"})
	require.NoError(w.t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(w.t, l.Close())
	require.NoError(w.t, os.Chmod(w.Socket, 0o666))
}

// insert puts a built-in card or PSAM in.
func (w *world) insert(slot, name string) {
	w.t.Helper()
	description, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	if err != nil {
		description, err = testdata.SAMs.ReadFile("sams/" + name + ".yaml")
	}
	require.NoError(w.t, err)
	w.insertDescribed(slot, string(description))
}

func (w *world) insertDescribed(slot, description string) {
	w.t.Helper()
	card, err := softcard.Parse([]byte(description))
	require.NoError(w.t, err)
	require.NoError(w.t, w.service.Insert(slot, card))
}

// insertMute puts in a card that gives no answer to reset.
func (w *world) insertMute(slot string) {
	require.NoError(w.t, w.service.Insert(slot, mute{}))
}

type mute struct{}

func (mute) ATR() []byte                                      { return nil }
func (mute) Reset()                                           {}
func (mute) Transmit(context.Context, []byte) ([]byte, error) { return nil, reader.ErrMute }

// listen has a program at the daemon's port.
func (w *world) listen(h http.Handler) {
	if w.daemon != nil {
		w.daemon.Close()
	}
	w.daemon = httptest.NewServer(h)
	w.t.Cleanup(w.daemon.Close)
}

func health(document string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) { fmt.Fprint(rw, document) }
}

// mutePort is a port on which connections are taken and nothing is said.
func (w *world) mutePort() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	w.t.Cleanup(func() { l.Close() })
	w.Listen, w.Patience = l.Addr().String(), time.Second
}

func (w *world) testdata(name string) string {
	path, err := filepath.Abs("../../../testdata/" + name)
	require.NoError(w.t, err)
	return path
}

// silent is a service that neither answers nor fails.
type silent struct{ reader.Driver }

func (silent) Watch(ctx context.Context, _ func([]reader.Slot)) error {
	<-ctx.Done()
	return ctx.Err()
}

// greetingPort is a port of a program that speaks first, and no HTTP.
func (w *world) greetingPort() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 mail.example ESMTP\r\n")
			conn.Close()
		}
	}()
	w.t.Cleanup(func() { l.Close(); <-ended })
	w.Listen = l.Addr().String()
}

// insertFaulty puts in a built-in card that something goes wrong in.
func (w *world) insertFaulty(slot, name, fault string) {
	description, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(w.t, err)
	card, err := softcard.Parse(description)
	require.NoError(w.t, err)
	f, err := softcard.ParseFault(fault)
	require.NoError(w.t, err)
	require.NoError(w.t, w.service.Insert(slot, softcard.WithFault(card, f)))
}

// insertChanged puts in a built-in card with something else in its description.
func (w *world) insertChanged(slot, name, from, to string) {
	description, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(w.t, err)
	require.Contains(w.t, string(description), from)
	w.insertDescribed(slot, strings.Replace(string(description), from, to, 1))
}

// trust names a file of the test data in the configuration, beside or in the place of the root.
func (w *world) trust(key, file string) {
	trust := "roots: [" + w.testdata(file) + "]"
	if key != "roots" {
		trust = "roots: [" + w.testdata("trust/root.pem") + "], " + key + ": [" + w.testdata(file) + "]"
	}
	w.config = "readers: [{match: SAM, role: sam}]\ntrust: {" + trust + "}\n"
}

// plugIn has the kernel know a card reader on USB.
func (w *world) plugIn(at, product, vendor, id, firmware string) {
	dir := "sys/bus/usb/devices/" + at
	for name, content := range map[string]string{"product": product, "idVendor": vendor, "idProduct": id, "bcdDevice": firmware} {
		w.file(dir+"/"+name, content+"\n")
	}
	w.file(dir+":1.0/bInterfaceClass", "0b\n")
	w.file("sys/bus/usb/devices/usb1:1.0/bInterfaceClass", "09\n")
}

const arch = runtime.GOARCH
