package js_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/clients/js"
	"sscard/terminal/apitype"
)

func TestClient(t *testing.T) {
	require.Contains(t, string(js.Client), "export class Terminal")
	require.Less(t, len(js.Client), 20<<10, "it is sent with each page")
	require.NotRegexp(t, `\bimport [^"]*"|\bconsole\.|innerHTML|\beval\b`, withoutComments(js.Client))
}

// The unions of the types are the tables of apitype.
func TestUnions(t *testing.T) {
	types := read(t, "sscard.d.ts")
	var codes []string
	for _, e := range apitype.Entries() {
		codes = append(codes, string(e.Code))
	}
	require.Equal(t, codes, union(t, types, "Code"))
	require.Equal(t, []string{
		apitype.WarnTextUndecodable, apitype.WarnCardIDFormat, apitype.WarnCardIDRegion, apitype.WarnCardNumberDigit,
		apitype.WarnExpiryBeforeIssue, apitype.WarnExpired, apitype.WarnSocialNumberDigit, apitype.WarnSocialNumberBirth,
		apitype.WarnSocialNumberSex,
	}, union(t, types, "WarningCode"))
	require.ElementsMatch(t, slices.Collect(maps.Keys(apitype.StandingWords().Steps)), union(t, types, "StepName"))
	for _, event := range []apitype.EventType{
		apitype.EventSnapshot, apitype.EventServiceLost, apitype.EventServiceRestored, apitype.EventReaderAdded,
		apitype.EventReaderRemoved, apitype.EventCardInserted, apitype.EventCardIdentified, apitype.EventCardRemoved,
	} {
		require.Contains(t, types, `"`+string(event)+`"`)
	}
}

// The lock file names no registry: each installs from its own.
func TestLockFile(t *testing.T) {
	lock := read(t, "package-lock.json")
	require.Contains(t, lock, `"integrity"`)
	require.NotContains(t, lock, `"resolved"`)
	require.NotContains(t, lock, "://")
}

func TestPackage(t *testing.T) {
	require.NotRegexp(t, `"(pre|post)?(install|prepare|pack|publish)"`, read(t, "package.json"), "no script of ours runs at who installs it")
	require.Equal(t, read(t, "../../LICENSE"), read(t, "LICENSE"))
}

func union(t *testing.T, types, name string) (members []string) {
	_, rest, found := strings.Cut(types, "export type "+name+" =")
	require.True(t, found, name)
	body, _, _ := strings.Cut(rest, ";")
	for _, m := range regexp.MustCompile(`\| "([^"]+)"`).FindAllStringSubmatch(body, -1) {
		members = append(members, m[1])
	}
	return members
}

func withoutComments(source []byte) string {
	return regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`).ReplaceAllString(string(source), "")
}

func read(t *testing.T, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}
