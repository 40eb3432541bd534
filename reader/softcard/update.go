package softcard

import (
	"bytes"

	"sscard/apdu"
)

// updateRecord writes a record over another or, into a cyclic file, as the newest.
func (c *Card) updateRecord(cmd apdu.Command) apdu.Response {
	sfi, mode := apdu.ReadRecordP2(cmd.P2)
	switch {
	case mode > apdu.RecordByNumber:
		return status(swP1P2)
	case len(cmd.Data) == 0:
		return status(swLength)
	}
	f, sw := c.records(sfi)
	if sw.OK() {
		sw = c.allows(f.update)
	}
	if !sw.OK() {
		return status(sw)
	}
	if f.structure == cyclic && mode == apdu.RecordAppend {
		return status(c.appendRecord(f, cmd))
	}
	chosen := f.choose(mode, cmd.P1, c.state.record)
	if len(chosen) == 0 {
		return status(swRecordNotFound)
	}
	if sw = f.put(chosen[0], cmd.Data); sw.OK() && mode < apdu.RecordByNumber {
		c.state.record = chosen[0]
	}
	return status(sw)
}

func (c *Card) appendRecord(f *file, cmd apdu.Command) apdu.StatusWord {
	switch {
	case cmd.P1 != 0:
		return swP1P2
	case len(cmd.Data) != f.length:
		return swLength
	}
	f.append(cmd.Data)
	c.state.record = 0
	return swDone
}

// append makes b the newest record of a cyclic file; a full one gives up its oldest.
func (f *file) append(b []byte) {
	kept := f.records[:min(len(f.records), f.room-1)]
	f.records = append([]record{{bytes: bytes.Clone(b)}}, kept...)
}

// put writes b over record i, if it fits.
func (f *file) put(i int, b []byte) apdu.StatusWord {
	old := f.records[i]
	const tagAndLength = 2
	switch {
	case f.structure == cyclic:
		if len(b) != f.length {
			return swLength
		}
	case len(b) < tagAndLength || len(b) != tagAndLength+int(b[1]):
		return swTLVLength
	case b[0] != old.id:
		return swData
	case f.structure == fixed && len(b) != len(old.bytes):
		return swLength
	case f.structure == variable && f.used()-len(old.bytes)+len(b) > f.room:
		return swNoSpace
	}
	f.records[i].bytes = bytes.Clone(b)
	return swDone
}

// used is how many bytes the records take together.
func (f *file) used() (n int) {
	for _, r := range f.records {
		n += len(r.bytes)
	}
	return n
}

func (c *Card) updateBinary(cmd apdu.Command) apdu.Response {
	if len(cmd.Data) == 0 {
		return status(swLength)
	}
	f, offset, sw := c.binary(cmd)
	if sw.OK() {
		sw = c.allows(f.update)
	}
	switch {
	case !sw.OK():
		return status(sw)
	case offset >= len(f.binary):
		return status(swOffset)
	case offset+len(cmd.Data) > len(f.binary):
		return status(swNoSpace)
	}
	copy(f.binary[offset:], cmd.Data)
	return status(swDone)
}
