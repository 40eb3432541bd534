package apitype_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

var update = flag.Bool("update", false, "write the golden files and docs/errors.md anew")

// golden compares got with a file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the test with -update")
	require.Equal(t, string(want), got, "run the test with -update")
}

// promised are the codes that callers rely on. One may be added; none is ever changed or taken away.
const promised = `
	service.unavailable service.denied reader.none reader.unknown reader.busy reader.failed card.absent card.removed
	card.reset card.mute card.unsupported card.changed card.locked file.absent data.malformed auth.required auth.failed
	auth.blocked sam.absent sam.algorithm sam.key sam.level session.unknown session.expired pin.wrong pin.blocked
	pin.cancelled pin.timeout pin.length pin.mismatch evidence.invalid certificate.untrusted certificate.expired
	certificate.revoked request.invalid request.too_large request.unauthorized request.origin_denied request.host_denied
	request.field_denied request.rate_limited timeout internal`

func TestTableIsTotal(t *testing.T) {
	var listed []string
	for _, e := range apitype.Entries() {
		listed = append(listed, string(e.Code))
	}
	require.Equal(t, strings.Fields(promised), listed)
	require.Equal(t, declared(t), listed)
}

// declared are the values of the constants of type Code.
func declared(t *testing.T) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			values = append(values, value)
		}
		return false
	})
	return values
}

func TestEntries(t *testing.T) {
	for _, e := range apitype.Entries() {
		t.Run(string(e.Code), func(t *testing.T) {
			require.Equal(t, e, e.Code.Entry())
			require.GreaterOrEqual(t, e.HTTP, 400)
			require.Less(t, e.HTTP, 600)
			require.Greater(t, e.Exit, apitype.ExitDone)
			require.LessOrEqual(t, e.Exit, apitype.ExitAuth)
			require.Negative(t, e.Function)
			for _, text := range []apitype.Text{e.Title, e.Hint} {
				require.Regexp(t, `\p{Han}`, text.ZH)
				require.NotEmpty(t, text.EN)
				require.NotRegexp(t, `\p{Han}`, text.EN)
				require.Equal(t, text.ZH, text.In("zh"))
				require.Equal(t, text.EN, text.In("en"))
				require.Equal(t, text.EN, text.In("fr"))
			}
		})
	}
}

func TestUnknownCode(t *testing.T) {
	require.Equal(t, apitype.Internal.Entry(), apitype.Code("card.on_fire").Entry())
}

func TestEntriesAreACopy(t *testing.T) {
	apitype.Entries()[0].HTTP = 200
	require.Equal(t, 503, apitype.ServiceUnavailable.Entry().HTTP)
}

const intro = `# 错误代码 · Error codes

接口（HTTP、命令行、38号文函数）返回的错误都有一个稳定的代码，代码决定其余各列。程序请判断代码，不要解析文字；
“重试”为“是”时，同一请求稍后可能自行成功。

Every error of the interfaces (HTTP, command line, functions of 38号文) has a stable code, and the other columns follow from it.
Programs compare the code and never parse the text. Where Retry says yes, the same request may succeed later by itself.

本文件由测试从 ` + "`terminal/apitype/codes.go`" + ` 生成 · Generated from it by ` + "`go test ./terminal/apitype -update`" + `.

| 代码 Code | HTTP | 退出码 Exit | 函数返回 Function | 重试 Retry | 说明与处理 | Meaning and remedy |
|---|---|---|---|---|---|---|
`

func TestDocumentation(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(intro)
	for _, e := range apitype.Entries() {
		retry := "否 no"
		if e.Retryable {
			retry = "是 yes"
		}
		fmt.Fprintf(&doc, "| `%s` | %d | %d | %d | %s | **%s。** %s | **%s.** %s |\n",
			e.Code, e.HTTP, e.Exit, e.Function, retry, e.Title.ZH, e.Hint.ZH, e.Title.EN, e.Hint.EN)
	}
	require.NotContains(t, doc.String(), "||")
	golden(t, filepath.Join("..", "..", "docs", "errors.md"), doc.String())
}
