package terminal

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

// causes are all sentinels of reader and apdu, and what else a use case may meet.
var causes = []struct {
	name  string
	cause error
	sw    apdu.StatusWord // by which a card says so; 0: it cannot
	code  apitype.Code
}{
	{"reader.ErrNoService", reader.ErrNoService, 0, apitype.ServiceUnavailable},
	{"reader.ErrDenied", reader.ErrDenied, 0, apitype.ServiceDenied},
	{"reader.ErrNoReader", reader.ErrNoReader, 0, apitype.ReaderNone},
	{"reader.ErrUnknownReader", reader.ErrUnknownReader, 0, apitype.ReaderUnknown},
	{"reader.ErrAmbiguous", reader.ErrAmbiguous, 0, apitype.RequestInvalid},
	{"reader.ErrInterface", reader.ErrInterface, 0, apitype.RequestInvalid},
	{"reader.ErrBusy", reader.ErrBusy, 0, apitype.ReaderBusy},
	{"reader.ErrNotReady", reader.ErrNotReady, 0, apitype.ReaderFailed},
	{"reader.ErrFailed", reader.ErrFailed, 0, apitype.ReaderFailed},
	{"reader.ErrHung", reader.ErrHung, 0, apitype.ReaderFailed},
	{"reader.ErrNoCard", reader.ErrNoCard, 0, apitype.CardAbsent},
	{"reader.ErrRemoved", reader.ErrRemoved, 0, apitype.CardRemoved},
	{"reader.ErrReset", reader.ErrReset, 0, apitype.CardReset},
	{"reader.ErrMute", reader.ErrMute, 0, apitype.CardMute},
	{"reader.ErrNotUnderstood", reader.ErrNotUnderstood, 0, apitype.CardUnsupported},
	{"reader.ErrNoAnswer", reader.ErrNoAnswer, 0, apitype.ReaderFailed},
	{"reader.ErrCommand", reader.ErrCommand, 0, apitype.Internal},
	{"reader.ErrClosed", reader.ErrClosed, 0, apitype.Internal},
	{"reader.ErrNoFeature", reader.ErrNoFeature, 0, apitype.AuthRequired},

	{"apdu.ErrMalformed", apdu.ErrMalformed, 0, apitype.DataMalformed},
	{"apdu.ErrVerification", apdu.ErrVerification, 0x63C2, apitype.AuthFailed},
	{"apdu.ErrSecurityStatus", apdu.ErrSecurityStatus, 0x6982, apitype.AuthRequired},
	{"apdu.ErrAuthBlocked", apdu.ErrAuthBlocked, 0x6983, apitype.AuthBlocked},
	{"apdu.ErrFileNotFound", apdu.ErrFileNotFound, 0x6A82, apitype.FileAbsent},
	{"apdu.ErrRecordNotFound", apdu.ErrRecordNotFound, 0x6A83, apitype.FileAbsent},
	{"apdu.ErrKeyNotFound", apdu.ErrKeyNotFound, 0x6A88, apitype.CardUnsupported},
	{"apdu.ErrNotSupported", apdu.ErrNotSupported, 0x6D00, apitype.CardUnsupported},
	{"apdu.ErrParameters", apdu.ErrParameters, 0x6700, apitype.CardUnsupported},
	{"apdu.ErrConditions", apdu.ErrConditions, 0x6985, apitype.CardUnsupported},
	{"apdu.ErrCardBlocked", apdu.ErrCardBlocked, 0x9303, apitype.CardLocked},
	{"apdu.ErrMemory", apdu.ErrMemory, 0x6581, apitype.CardUnsupported},
	{"apdu.ErrRefused", apdu.ErrRefused, 0x6FFF, apitype.CardUnsupported},
	{"apdu.ErrProtocol", apdu.ErrProtocol, 0x6C10, apitype.DataMalformed},

	{"the deadline", context.DeadlineExceeded, 0, apitype.Timeout},
	{"the caller has gone", context.Canceled, 0, apitype.Timeout},
	{"mute until the deadline", errors.Join(context.DeadlineExceeded, reader.ErrMute), 0, apitype.CardMute},
	{"not a social security card", errors.Join(errNotSSCard, apdu.ErrFileNotFound), 0, apitype.CardUnsupported},
	{"a blocked social security card", errors.Join(errNotSSCard, apdu.ErrCardBlocked), 0, apitype.CardLocked},
	{"malformed data", errMalformed, 0, apitype.DataMalformed},
	{"an unknown field", errUnknownField, 0, apitype.RequestInvalid},
	{"a denied field", errDeniedField, 0, apitype.RequestFieldDenied},
	{"anything else", errors.New("anything else"), 0, apitype.Internal},
}

func TestCodes(t *testing.T) {
	for _, row := range causes {
		t.Run(row.name, func(t *testing.T) {
			cause := row.cause
			if row.sw != 0 {
				cause = &apdu.StatusError{Command: "READ RECORD EF05", SW: row.sw}
				require.ErrorIs(t, cause, row.cause)
			}
			err := wrap("read", fmt.Errorf("in between: %w", &reader.Error{Op: "transmit", Reader: "Counter", Err: cause}))
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, row.code, e.Code)
			require.Equal(t, "read", e.Op)
			require.Equal(t, row.code.Entry().Retryable, e.Retryable)
			require.ErrorIs(t, err, row.cause)
			require.ErrorContains(t, err, "read: "+string(row.code)+": in between")

			problem := e.Problem()
			require.Equal(t, row.code, problem.Code)
			require.Equal(t, e.Err.Error(), problem.Detail)
			sw, ok := e.SW()
			require.Equal(t, row.sw, sw)
			require.Equal(t, row.sw != 0, ok)
			if row.sw != 0 {
				require.Equal(t, row.sw.String(), problem.SW)
			} else {
				require.Empty(t, problem.SW)
			}
		})
	}
}

// A sentinel that is new in reader or apdu needs a row in causes, and a thought.
func TestCodesOfAllSentinels(t *testing.T) {
	var named []string
	for _, row := range causes {
		if strings.Contains(row.name, ".Err") {
			named = append(named, row.name)
		}
	}
	require.ElementsMatch(t, slices.Concat(sentinels(t, "reader"), sentinels(t, "apdu")), named)
}

// sentinels are the exported errors that a package of this module declares.
func sentinels(t *testing.T, pkg string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	require.NoError(t, err)
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if ok && file.Name.Name == pkg && strings.HasPrefix(spec.Names[0].Name, "Err") {
				names = append(names, pkg+"."+spec.Names[0].Name)
			}
			return true
		})
	}
	require.NotEmpty(t, names)
	return names
}

func TestWrap(t *testing.T) {
	require.NoError(t, wrap("read", nil))
	known := &Error{Code: apitype.PINWrong, Op: "verify", Err: fs.ErrInvalid}
	require.Equal(t, known, wrap("read", known), "an Error stays what it is")
	outside := fmt.Errorf("outside: %w", known)
	require.Equal(t, outside, wrap("read", outside), "with what was said around it")
}

func TestAsError(t *testing.T) {
	known := &Error{Code: apitype.PINWrong, Op: "verify", Err: fs.ErrInvalid}
	for _, row := range []struct {
		name string
		err  error
		code apitype.Code
	}{
		{"an Error", known, apitype.PINWrong},
		{"an Error inside", fmt.Errorf("outside: %w", known), apitype.PINWrong},
		{"another error of known cause", reader.ErrNoCard, apitype.CardAbsent},
		{"another error", fs.ErrInvalid, apitype.Internal},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := AsError(row.err)
			require.Equal(t, row.code, e.Code)
			require.ErrorIs(t, row.err, e.Err)
			require.NotEmpty(t, e.Problem().Detail)
		})
	}
}
