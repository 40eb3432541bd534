package softcard

import (
	"slices"

	"sscard/apdu"
)

// file is an EF: records, or bytes where it is transparent.
type file struct {
	fid         uint16
	sfi         byte // 0: none
	structure   structure
	records     []record
	binary      []byte
	certificate bool // made as one
	room        int  // of a variable file: bytes of all records together; of a cyclic file: records
	length      int  // of a cyclic file: bytes of each record
	read        rule
	update      rule
}

// structure is how an EF is made up.
type structure string

const (
	variable    structure = "variable"
	fixed       structure = "fixed"
	cyclic      structure = "cyclic"
	transparent structure = "transparent"
)

// record is one record as READ RECORD gives it, tag and length included where it has them.
type record struct {
	id    byte // the tag; 0 in a cyclic file
	bytes []byte
}

// Modes of READ RECORD that apdu has no use for (LD/T 32, READ RECORD).
const (
	recordLastByID     apdu.RecordMode = 1
	recordNextByID     apdu.RecordMode = 2
	recordPreviousByID apdu.RecordMode = 3
)

const (
	currentRecord = 0 // P1 in place of a record number
	anyRecord     = 0 // P1 in place of a record identifier
	binarySFI     = 0x80
	binarySFIMask = 0x1F
)

func (c *Card) readRecord(cmd apdu.Command) apdu.Response {
	sfi, mode := apdu.ReadRecordP2(cmd.P2)
	switch {
	case mode > apdu.RecordsDownToP1:
		return status(swP1P2)
	case len(cmd.Data) > 0:
		return status(swLength)
	}
	f, sw := c.records(sfi)
	if sw.OK() {
		sw = c.allows(f.read)
	}
	if !sw.OK() {
		return status(sw)
	}
	chosen := f.choose(mode, cmd.P1, c.state.record)
	if len(chosen) == 0 {
		return status(swRecordNotFound)
	}
	var data []byte
	for _, i := range chosen {
		data = append(data, f.records[i].bytes...)
	}
	if c.quirks.short > 0 && (mode == apdu.RecordsFromP1 || mode == apdu.RecordsDownToP1) {
		data = data[:min(len(data), c.quirks.short)]
	}
	resp := c.reply(cmd, data)
	if resp.SW.OK() && mode < apdu.RecordByNumber {
		c.state.record = chosen[0] // a 6Cxx moves nothing: the repetition wants the same record
	}
	return resp
}

func (c *Card) readBinary(cmd apdu.Command) apdu.Response {
	if len(cmd.Data) > 0 {
		return status(swLength)
	}
	f, offset, sw := c.binary(cmd)
	if sw.OK() {
		sw = c.allows(f.read)
	}
	if !sw.OK() {
		return status(sw)
	}
	if offset >= len(f.binary) {
		return status(swOffset)
	}
	rest := f.binary[offset:]
	return c.reply(cmd, rest[:min(len(rest), cmd.Ne)])
}

// records gives the EF of records that sfi names and makes it the current one.
func (c *Card) records(sfi byte) (*file, apdu.StatusWord) {
	f, sw := c.current(sfi)
	if sw.OK() && f.structure == transparent {
		sw = swFileStructure
	}
	return f, sw
}

// binary gives the transparent EF that P1 names, by SFI or the current one, makes it the current one,
// and gives the offset into it.
func (c *Card) binary(cmd apdu.Command) (_ *file, offset int, _ apdu.StatusWord) {
	sfi, offset := apdu.CurrentEF, int(cmd.P1)<<8|int(cmd.P2)
	if cmd.P1&binarySFI != 0 {
		sfi, offset = cmd.P1&binarySFIMask, int(cmd.P2)
	}
	f, sw := c.current(sfi)
	if sw.OK() && f.structure != transparent {
		sw = swFileStructure
	}
	return f, offset, sw
}

// current makes the EF that sfi names the current one.
func (c *Card) current(sfi byte) (*file, apdu.StatusWord) {
	if sfi != apdu.CurrentEF {
		files := c.state.application.files
		i := slices.IndexFunc(files, func(f *file) bool { return f.sfi == sfi })
		if i < 0 {
			return nil, swFileNotFound
		}
		if files[i] != c.state.file {
			c.state.file, c.state.record = files[i], noRecord
		}
	}
	if c.state.file == nil {
		return nil, swNoCurrentEF
	}
	return c.state.file, swDone
}

// allows says whether what was proven satisfies an access condition.
func (c *Card) allows(r rule) apdu.StatusWord {
	if !r.satisfied(c.state.proven) {
		return swSecurityStatus
	}
	return swDone
}

// choose gives the indexes of the records that mode and p1 name, in the order of the answer.
func (f *file) choose(mode apdu.RecordMode, p1 byte, current int) []int {
	last := len(f.records) - 1
	switch mode {
	case apdu.RecordFirstByID:
		return f.seek(p1, 0, 1)
	case recordLastByID:
		return f.seek(p1, last, -1)
	case recordNextByID:
		return f.seek(p1, current+1, 1)
	case recordPreviousByID:
		if current == noRecord {
			current = last + 1
		}
		return f.seek(p1, current-1, -1)
	}

	number := int(p1) - 1
	if p1 == currentRecord {
		number = current
	}
	switch {
	case number < 0 || number > last:
		return nil
	case mode == apdu.RecordByNumber:
		return []int{number}
	case mode == apdu.RecordsFromP1:
		return span(number, last)
	default:
		down := span(number, last)
		slices.Reverse(down)
		return down
	}
}

// seek finds the next record with the identifier from index i on, going by step.
func (f *file) seek(id byte, i, step int) []int {
	for ; i >= 0 && i < len(f.records); i += step {
		if id == anyRecord || f.records[i].id == id {
			return []int{i}
		}
	}
	return nil
}

func span(from, to int) []int {
	var indexes []int
	for i := from; i <= to; i++ {
		indexes = append(indexes, i)
	}
	return indexes
}
