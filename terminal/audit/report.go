package audit

import (
	"errors"
	"io"
	"os"
	"time"

	"sscard/terminal/apitype"
)

// Kind is what a finding is about.
type Kind string

// What somebody, or a broken disk, has done to a log.
const (
	Changed   Kind = "changed"   // the line is not what was written
	Missing   Kind = "missing"   // before this line others are missing
	Misplaced Kind = "misplaced" // the line was put in, or moved here
	Malformed Kind = "malformed" // the line is none
	NoAnchor  Kind = "anchor"    // a line whose hash is known is not there: the end was cut off or changed
)

// What is worth knowing of a log that nobody has touched.
const (
	Torn      Kind = "torn"    // a crash has left half a line, behind which the log goes on
	Gap       Kind = "gap"     // lines could not be written for a time
	ClockBack Kind = "clock"   // the line's time lies before that of the line before
	Unknown   Kind = "unknown" // lines before the first are in files that were not given
	Rotated   Kind = "rotated" // lines before the first were in files whose time was over
)

// Finding is one thing that was found, and where.
type Finding struct {
	Kind Kind                  `json:"kind"`
	File string                `json:"file"`
	Line int                   `json:"line"`           // in the file, from 1
	From uint64                `json:"from,omitempty"` // the first number that is missing, unknown, rotated
	To   uint64                `json:"to,omitempty"`   // the last
	Gap  *apitype.AuditGapPart `json:"gap,omitempty"`
}

// Mark is a line by its number and hash.
type Mark struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	SM3  string    `json:"sm3"`
}

// Report is what is to be said of a log.
type Report struct {
	Intact   bool      `json:"intact"`
	Files    []string  `json:"files"`
	Lines    int       `json:"lines"`
	First    *Mark     `json:"first,omitempty"`
	Last     *Mark     `json:"last,omitempty"` // its hash, kept elsewhere, is an anchor for later
	Problems []Finding `json:"problems"`
	Warnings []Finding `json:"warnings"`
}

// Check says what to hold a log against besides itself.
type Check struct {
	Anchor string // the hash of a line that must be there, in small hexadecimal digits; empty: none
	Whole  bool   // there are no other files: lines before the first must have been rotated away
}

// VerifyLog verifies the whole log at path, which may be written to meanwhile. Its error is about reading it.
func VerifyLog(check Check, path string) (Report, error) {
	files, err := openLog(path)
	if err != nil {
		return Report{}, err
	}
	check.Whole = true
	return verify(check, files)
}

// openLog opens the files while nobody rotates them. Without leave to lock, they are opened as they are.
func openLog(path string) ([]*os.File, error) {
	if unlock, err := lock(path+lockSuffix, os.O_RDONLY); err == nil {
		defer unlock()
	}
	paths, err := Files(path)
	if err != nil {
		return nil, err
	}
	return openAll(paths)
}

// VerifyFiles verifies files of one log, the oldest first. Its error is about reading them.
func VerifyFiles(check Check, paths ...string) (Report, error) {
	files, err := openAll(paths)
	if err != nil {
		return Report{}, err
	}
	return verify(check, files)
}

func openAll(paths []string) (files []*os.File, err error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, errors.Join(err, closeAll(files))
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) (err error) {
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// verify verifies the files and closes them.
func verify(check Check, files []*os.File) (report Report, err error) {
	v := newVerifier(check)
	for _, f := range files {
		err = errors.Join(err, v.file(f.Name(), f))
	}
	return v.end(), errors.Join(err, closeAll(files))
}

// Verify verifies a log in one piece. A line that was changed is named itself, lines that are missing by the one that
// stands after them. A log whose last lines were cut off or made anew looks like one that ends there; [Check] has what
// tells.
func Verify(check Check, name string, log io.Reader) (Report, error) {
	v := newVerifier(check)
	err := v.file(name, log)
	return v.end(), err
}
