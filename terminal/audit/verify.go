package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sscard/terminal/apitype"
)

const (
	maxLine     = 64 << 10
	maxFindings = 1000 // of each sort
	remembered  = 4096 // lines, among which the one is looked for that a line belongs behind
)

// place is a line of a file.
type place struct {
	file string
	line int
}

// span is numbers of lines.
type span struct{ from, to uint64 }

// verifier goes through the lines. A line that does not fit to the one before it is held against the next one too, which
// tells which of the two was changed.
type verifier struct {
	check  Check
	report Report

	at      place
	head    head // the line that the next must follow,
	before  place
	time    time.Time
	suspect *place // it was changed, unless the line after it was
	gaps    []span // that are missing so far

	seen map[string]place // by hash
	ring []string

	junk   []byte // what is no line, behind head
	junkAt []place

	oldest   uint64
	anchored bool
}

func newVerifier(check Check) *verifier {
	return &verifier{
		check: check, seen: make(map[string]place), anchored: check.Anchor == "",
		report: Report{Files: []string{}, Problems: []Finding{}, Warnings: []Finding{}},
	}
}

func (v *verifier) file(name string, f io.Reader) error {
	v.report.Files = append(v.report.Files, name)
	v.at = place{name, 1}
	for lines := bufio.NewReaderSize(f, maxLine); ; {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			v.line(line)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, bufio.ErrBufferFull): // the rest of the line is none either
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		default:
			v.at.line++
		}
	}
}

func (v *verifier) line(line []byte) {
	r, ok := decode(bytes.TrimSuffix(line, []byte("\n")))
	if !ok {
		v.junkAt = append(v.junkAt, v.at)
		if len(v.junk) <= lastWindow {
			v.junk = append(v.junk, line...)
		}
		return
	}
	if !bytes.HasSuffix(line, []byte("\n")) { // it is the last, and its line feed is on its way
		line = append(bytes.Clone(line), '\n')
	}
	this := head{r.Seq, hash(line)}
	if _, twice := v.seen[this.String()]; twice {
		v.problem(Finding{Kind: Misplaced}, v.at)
		return
	}
	malformed := v.judgeJunk(r)
	if v.report.Lines == 0 {
		v.first(r)
	} else if !v.link(r, &this, malformed) {
		return
	}
	v.warn(r)
	v.accept(this, r)
}

// judgeJunk says of what stands before the line and is none whether the line explains it, as it does after a crash, and
// otherwise how many lines it was.
func (v *verifier) judgeJunk(r apitype.AuditRecord) (malformed int) {
	if len(v.junkAt) == 0 {
		return 0
	}
	if r.Event == apitype.AuditTorn && r.Torn != nil && r.Torn.SM3 == hash(v.junk).String() {
		v.warning(Finding{Kind: Torn}, v.junkAt[0])
	} else {
		for _, at := range v.junkAt {
			v.problem(Finding{Kind: Malformed}, at)
		}
		malformed = len(v.junkAt)
	}
	v.junk, v.junkAt = nil, nil
	return malformed
}

func (v *verifier) first(r apitype.AuditRecord) {
	if r.Seq == 1 && r.Prev != (head{}).String() {
		v.problem(Finding{Kind: Changed}, v.at)
	}
}

// link holds the line against the one before, and reports whether the next one is to follow it.
func (v *verifier) link(r apitype.AuditRecord, this *head, malformed int) bool {
	linked, next := r.Prev == v.head.String(), r.Seq == v.head.seq+1
	origin, known := v.seen[r.Prev]
	suspect := v.suspect
	v.suspect = nil
	switch {
	case linked && next:
		v.blame(suspect)
	case linked: // nobody writes so: its number was changed
		v.blame(suspect)
		v.problem(Finding{Kind: Changed}, v.at)
		this.seq = v.head.seq + 1
	case known && v.missing(r.Seq): // it is one of those, from elsewhere
		v.problem(Finding{Kind: Misplaced}, v.at)
		return false
	case known: // it belongs behind an earlier line: those between do not belong there
		v.problem(Finding{Kind: Misplaced}, v.after(origin))
	case next && suspect != nil: // the line before fits to neither side
		v.problem(Finding{Kind: Changed}, v.before)
	case next:
		before := v.before
		v.suspect = &before
	default:
		v.blame(suspect)
		v.jump(r, malformed)
	}
	return true
}

// jump is a number that is not the next.
func (v *verifier) jump(r apitype.AuditRecord, malformed int) {
	skipped := r.Seq - v.head.seq - 1
	switch {
	case r.Seq <= v.head.seq:
		v.problem(Finding{Kind: Misplaced}, v.at)
	case skipped != uint64(malformed): // those were told
		v.gaps = append(v.gaps, span{v.head.seq + 1, r.Seq - 1})
		v.problem(Finding{Kind: Missing, From: v.head.seq + 1, To: r.Seq - 1}, v.at)
	}
}

func (v *verifier) missing(seq uint64) bool {
	return slices.ContainsFunc(v.gaps, func(s span) bool { return s.from <= seq && seq <= s.to })
}

// after is the place behind p.
func (v *verifier) after(p place) place {
	if p.file != v.before.file {
		return place{v.before.file, 1}
	}
	return place{p.file, p.line + 1}
}

func (v *verifier) blame(suspect *place) {
	if suspect != nil {
		v.problem(Finding{Kind: Changed}, *suspect)
	}
}

// warn tells what the line itself says, or its time.
func (v *verifier) warn(r apitype.AuditRecord) {
	switch {
	case r.Event == apitype.AuditGap && r.Gap != nil:
		v.warning(Finding{Kind: Gap, Gap: r.Gap}, v.at)
	case r.Event == apitype.AuditRotate:
		v.oldest = r.Oldest
	}
	if r.Time.Before(v.time) {
		v.warning(Finding{Kind: ClockBack}, v.at)
	}
}

// accept goes on from the line, whatever was found.
func (v *verifier) accept(this head, r apitype.AuditRecord) {
	mark := &Mark{r.Seq, r.Time, this.String()}
	if v.report.Lines == 0 {
		v.report.First = mark
	}
	v.report.Last = mark
	v.report.Lines++
	v.anchored = v.anchored || mark.SM3 == v.check.Anchor
	v.head, v.before, v.time = this, v.at, r.Time
	v.seen[mark.SM3] = v.at
	v.ring = append(v.ring, mark.SM3)
	if len(v.ring) > remembered {
		delete(v.seen, v.ring[0])
		v.ring = v.ring[1:]
	}
}

// end says what only the whole of it shows.
func (v *verifier) end() Report {
	v.blame(v.suspect)
	if len(v.junkAt) == 1 && !bytes.HasSuffix(v.junk, []byte("\n")) {
		v.warning(Finding{Kind: Torn}, v.junkAt[0])
		v.junkAt = nil
	}
	v.judgeJunk(apitype.AuditRecord{})
	v.start()
	if !v.anchored {
		v.problem(Finding{Kind: NoAnchor}, v.before)
	}
	v.report.Intact = len(v.report.Problems) == 0
	return v.report
}

// start says what is known of the lines before the first.
func (v *verifier) start() {
	first := v.report.First
	if first == nil || first.Seq == 1 {
		return
	}
	at, kept := place{v.report.Files[0], 1}, max(v.oldest, 1)
	switch {
	case !v.check.Whole:
		v.warning(Finding{Kind: Unknown, From: 1, To: first.Seq - 1}, at)
	case first.Seq > kept && len(v.gaps) == 0: // or what is missing may have said that they were rotated away
		v.problem(Finding{Kind: Missing, From: kept, To: first.Seq - 1}, at)
	default:
		v.warning(Finding{Kind: Rotated, From: 1, To: first.Seq - 1}, at)
	}
}

func (v *verifier) problem(f Finding, at place) { note(&v.report.Problems, f, at) }

func (v *verifier) warning(f Finding, at place) { note(&v.report.Warnings, f, at) }

// note notes each finding once.
func note(list *[]Finding, f Finding, at place) {
	f.File, f.Line = at.file, at.line
	twice := func(g Finding) bool { return g.Kind == f.Kind && g.File == f.File && g.Line == f.Line }
	if len(*list) < maxFindings && !slices.ContainsFunc(*list, twice) {
		*list = append(*list, f)
	}
}
