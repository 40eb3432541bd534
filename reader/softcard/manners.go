package softcard

import "sscard/apdu"

// reply hands data over. The standard has every Le but the right one answered with 6Cxx, and data after
// data with 61xx; cards in the field, and readers in their place, give what there is where Le has room.
func (c *Card) reply(cmd apdu.Command, data []byte) apdu.Response {
	if c.quirks.t0 || !cmd.Extended {
		data = data[:min(len(data), apdu.MaxShortNe)]
	}
	caseFour := len(cmd.Data) > 0
	switch {
	case c.quirks.t0 && caseFour:
		c.state.pending = data
		return status(withLength(swMore, len(data)))
	case cmd.Ne == 0 && !caseFour:
		return status(swLength)
	case c.quirks.t0 && cmd.Ne != len(data), cmd.Ne != 0 && cmd.Ne < len(data):
		return status(withLength(swCorrectLength, len(data)))
	}
	return apdu.Response{Data: data, SW: swDone}
}

// withLength is 61xx or 6Cxx, 00 being 256 or more.
func withLength(sw apdu.StatusWord, n int) apdu.StatusWord {
	return sw | apdu.StatusWord(min(n, apdu.MaxShortNe)&0xFF)
}

// getResponse gives what the command before left behind (ISO/IEC 7816-4 §7.6.1).
func (c *Card) getResponse(cmd apdu.Command) apdu.Response {
	pending := c.state.pending
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(pending) == 0:
		return status(swConditions)
	case len(cmd.Data) > 0:
		return status(swLength)
	case cmd.Ne > len(pending):
		return status(withLength(swCorrectLength, len(pending)))
	}
	c.state.pending = pending[cmd.Ne:]
	resp := apdu.Response{Data: pending[:cmd.Ne], SW: swDone}
	if rest := len(c.state.pending); rest > 0 {
		resp.SW = withLength(swMore, rest)
	}
	return resp
}
