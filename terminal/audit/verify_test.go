package audit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/audit"
)

// found is a finding without its file.
type found struct {
	kind audit.Kind
	line int
}

func kinds(list []audit.Finding) (all []found) {
	for _, f := range list {
		all = append(all, found{f.Kind, f.Line})
	}
	return all
}

// written is a log of n lines, the first of which is the start.
func written(t testing.TB, n int) []string {
	t.Helper()
	cfg, _ := configure(t)
	l := audit.New(cfg)
	record(t, l, n-1)
	l.Close()
	list := lines(t, cfg.Path)
	require.Len(t, list, n)
	list[n-1] += "\n"
	return list
}

// replace is the line with something else in it, which must be there.
func replace(t *testing.T, line, old, with string) string {
	t.Helper()
	require.Contains(t, line, old)
	return strings.Replace(line, old, with, 1)
}

func TestTampering(t *testing.T) {
	const n = 9
	log := written(t, n)
	other := written(t, n) // of the same numbers, with other hashes
	for name, test := range map[string]struct {
		tamper func(t *testing.T, l []string) []string
		want   []found
	}{
		"nothing": {func(_ *testing.T, l []string) []string { return l }, nil},
		"a value changed": {func(t *testing.T, l []string) []string {
			l[3] = replace(t, l[3], "hall.example", "mall.example")
			return l
		}, []found{{audit.Changed, 4}}},
		"a time changed": {func(t *testing.T, l []string) []string {
			l[4] = replace(t, l[4], `"time":"20`, `"time":"21`)
			return l
		}, []found{{audit.Changed, 5}}},
		"white space added": {func(t *testing.T, l []string) []string {
			l[4] = replace(t, l[4], `,"event"`, `, "event"`)
			return l
		}, []found{{audit.Changed, 5}}},
		"the first line changed": {func(t *testing.T, l []string) []string {
			l[0] = replace(t, l[0], "1.2.3", "1.2.4")
			return l
		}, []found{{audit.Changed, 1}}},
		"the first line's hash changed": {func(t *testing.T, l []string) []string {
			l[0] = replace(t, l[0], strings.Repeat("0", 64), strings.Repeat("1", 64))
			return l
		}, []found{{audit.Changed, 1}}},
		"the last but one changed": {func(t *testing.T, l []string) []string {
			l[n-2] = replace(t, l[n-2], "hall.example", "mall.example")
			return l
		}, []found{{audit.Changed, n - 1}}},
		"a hash changed": {func(t *testing.T, l []string) []string {
			l[4] = replace(t, l[4], `"prev":"`, `"prev":"0`)
			l[4] = l[4][:len(l[4])-len("0\"}\n")] + "\"}\n"
			return l
		}, []found{{audit.Changed, 5}}},
		"a number changed": {func(t *testing.T, l []string) []string {
			l[4] = replace(t, l[4], `"seq":5`, `"seq":50`)
			return l
		}, []found{{audit.Changed, 5}}},
		"two neighbours changed": {func(t *testing.T, l []string) []string {
			l[3] = replace(t, l[3], "hall.example", "mall.example")
			l[4] = replace(t, l[4], "hall.example", "mall.example")
			return l
		}, []found{{audit.Changed, 5}}},
		"two changed": {func(t *testing.T, l []string) []string {
			l[2] = replace(t, l[2], "hall.example", "mall.example")
			l[6] = replace(t, l[6], "hall.example", "mall.example")
			return l
		}, []found{{audit.Changed, 3}, {audit.Changed, 7}}},
		"a line deleted": {func(_ *testing.T, l []string) []string { return slices.Delete(l, 4, 5) },
			[]found{{audit.Missing, 5}}},
		"many deleted": {func(_ *testing.T, l []string) []string { return slices.Delete(l, 2, 7) },
			[]found{{audit.Missing, 3}}},
		"the start deleted": {func(_ *testing.T, l []string) []string { return l[2:] },
			[]found{{audit.Missing, 1}}},
		"a line copied to another place": {func(_ *testing.T, l []string) []string { return slices.Insert(l, 6, l[2]) },
			[]found{{audit.Misplaced, 7}}},
		"a line twice": {func(_ *testing.T, l []string) []string { return slices.Insert(l, 6, l[5]) },
			[]found{{audit.Misplaced, 7}}},
		"a line of another log put in": {func(_ *testing.T, l []string) []string { return slices.Insert(l, 5, other[5]) },
			[]found{{audit.Misplaced, 6}}},
		"a line made up and put in": {func(t *testing.T, l []string) []string {
			return slices.Insert(l, 5, replace(t, l[5], "hall.example", "mall.example"))
		}, []found{{audit.Misplaced, 6}}},
		"a line moved back": {func(_ *testing.T, l []string) []string {
			moved := l[2]
			return slices.Insert(slices.Delete(l, 2, 3), 5, moved)
		}, []found{{audit.Missing, 3}, {audit.Misplaced, 6}}},
		"two neighbours exchanged": {func(_ *testing.T, l []string) []string {
			l[4], l[5] = l[5], l[4]
			return l
		}, []found{{audit.Missing, 5}, {audit.Misplaced, 6}}},
		"a line put in its place from another log": {func(_ *testing.T, l []string) []string {
			l[4] = other[4]
			return l
		}, []found{{audit.Changed, 5}}},
		"garbage put in": {func(_ *testing.T, l []string) []string { return slices.Insert(l, 4, "garbage\n") },
			[]found{{audit.Malformed, 5}}},
		"an empty line": {func(_ *testing.T, l []string) []string { return slices.Insert(l, 4, "\n") },
			[]found{{audit.Malformed, 5}}},
		"a line made garbage": {func(_ *testing.T, l []string) []string {
			l[4] = strings.Repeat("x", 100) + "\n"
			return l
		}, []found{{audit.Malformed, 5}}},
		"two lines joined": {func(_ *testing.T, l []string) []string {
			l[4] = strings.TrimSuffix(l[4], "\n")
			return l
		}, []found{{audit.Malformed, 5}, {audit.Missing, 6}}},
		"half a line in the middle": {func(_ *testing.T, l []string) []string {
			l[4] = l[4][:40] + "\n"
			return l
		}, []found{{audit.Malformed, 5}}},
		"garbage at the end": {func(_ *testing.T, l []string) []string { return append(l, "garbage\n") },
			[]found{{audit.Malformed, n + 1}}},
		"another log behind": {func(_ *testing.T, l []string) []string { return append(l, other...) },
			[]found{{audit.Misplaced, n + 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			tampered := strings.Join(test.tamper(t, slices.Clone(log)), "")
			report, err := audit.Verify(audit.Check{Whole: true}, "audit.log", strings.NewReader(tampered))
			require.NoError(t, err)
			require.Equal(t, test.want, kinds(report.Problems))
			require.Equal(t, test.want == nil, report.Intact)
		})
	}
}

// The end of a log can be cut off without a trace in it. Who has kept the hash of a line finds out.
func TestAnchor(t *testing.T) {
	log := written(t, 5)
	check := func(anchor, log string) audit.Report {
		report, err := audit.Verify(audit.Check{Anchor: anchor}, "audit.log", strings.NewReader(log))
		require.NoError(t, err)
		return report
	}
	last := check("", strings.Join(log, "")).Last.SM3
	requireIntact(t, check(last, strings.Join(log, "")), 5)
	requireIntact(t, check("", strings.Join(log[:4], "")), 4)
	require.Equal(t, []found{{audit.NoAnchor, 4}}, kinds(check(last, strings.Join(log[:4], "")).Problems))
	log[4] = replace(t, log[4], "hall.example", "mall.example")
	require.False(t, check(last, strings.Join(log, "")).Intact)
	require.True(t, check("", strings.Join(log, "")).Intact)
}

func TestWarnings(t *testing.T) {
	log := written(t, 5)
	log[4] = replace(t, log[4], `"time":"20`, `"time":"19`)
	report, err := audit.Verify(audit.Check{}, "audit.log", strings.NewReader(strings.Join(log[2:], "")+`{"seq":6,"ti`))
	require.NoError(t, err)
	requireIntact(t, report, 3)
	require.Equal(t, []found{{audit.ClockBack, 3}, {audit.Torn, 4}, {audit.Unknown, 1}}, kinds(report.Warnings))
}

// Whatever a file holds is read to its end; and whoever changes a byte of a log, but in its last line, is found out.
func FuzzVerify(f *testing.F) {
	log := []byte(strings.Join(written(f, 6), ""))
	f.Add(string(log), uint16(0), byte(1))
	f.Add(`{"seq":18446744073709551615,"prev":"`+strings.Repeat("0", 64)+"\"}\n", uint16(300), byte(1))
	f.Add("\n\n{}\n", uint16(999), byte(0x80))
	lastLine := strings.LastIndexByte(string(log[:len(log)-1]), '\n') + 1
	f.Fuzz(func(t *testing.T, any string, at uint16, flip byte) {
		_, err := audit.Verify(audit.Check{Whole: true}, "any", strings.NewReader(any))
		require.NoError(t, err)
		changed := slices.Clone(log)
		i := int(at) % lastLine
		changed[i] ^= flip
		report, err := audit.Verify(audit.Check{Whole: true}, "changed", strings.NewReader(string(changed)))
		require.NoError(t, err)
		require.Equal(t, flip == 0, report.Intact)
		if flip != 0 {
			line := 1 + strings.Count(string(log[:i]), "\n")
			require.InDelta(t, line, report.Problems[0].Line, 1)
		}
	})
}
