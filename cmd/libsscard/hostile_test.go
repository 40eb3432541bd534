//go:build cgo && linux

package main

import (
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/cmd/internal/wiring"
	"sscard/reader/virtual"
	"sscard/terminal/config"
	"sscard/terminal/function"
)

// What no caller should give is refused with -14, and the buffers end where memory ends. Everything else gets the number
// that the function itself has for it.
func TestHostileCaller(t *testing.T) {
	command := exec.Command(program(t, "hostile"))
	command.Env = append(os.Environ(), "PCSCLITE_CSOCK_NAME=/nonexistent", envURL+"=http://127.0.0.1:1")
	command.Stderr = t.Output()
	out, err := command.Output()
	require.NoError(t, err)
	text, err := simplifiedchinese.GBK.NewDecoder().String(string(out))
	require.NoError(t, err)

	e, err := wiring.Equip(t.Context(), virtual.New(), config.Default(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer e.Stop()
	functions := library{way: &local{function.New(e.Terminal, function.Config{})}}
	arguments := map[string]string{"short": "7", "empty": ""}

	seen := make(map[string]int)
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.Len(t, fields, 4, line)
		name, title, number, message := fields[0], fields[1], fields[2], fields[3]
		seen[name]++
		switch title {
		case "NULL pOutInfo", "NULL", "unterminated", "over-long":
			require.Equal(t, "-14", number, line)
		case "short", "empty":
			want := functions.call(name, values(t, name, "1", arguments[title]))
			require.Equal(t, strconv.Itoa(want.Return), number, line)
		case "longest", "iType", "not GBK":
			require.Negative(t, atoi(t, number), line)
		default:
			t.Error(line)
		}
		if title != "NULL pOutInfo" {
			require.NotEmpty(t, message, line)
		}
	}
	require.Len(t, seen, 23)
}

// values gives the function's parameters: number for numbers, text for texts.
func values(t testing.TB, name, number, text string) (values []string) {
	for _, f := range prototypes(t) {
		if f.Name != name {
			continue
		}
		for _, param := range f.Params {
			value := text
			if strings.HasPrefix(param, "i") {
				value = number
			}
			values = append(values, value)
		}
	}
	return values
}

func atoi(t testing.TB, s string) int {
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}
