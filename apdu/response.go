package apdu

import "fmt"

// Response is a response APDU: the data, if any, and the status word.
type Response struct {
	Data []byte
	SW   StatusWord
}

// ParseResponse splits a response of at least two bytes; Data is a slice of b. Fewer bytes give
// [ErrMalformed]: PC/SC may hand over an empty answer from a card that was pulled.
func ParseResponse(b []byte) (Response, error) {
	n := len(b) - 2
	if n < 0 {
		return Response{}, fmt.Errorf("%w: response of %d bytes", ErrMalformed, len(b))
	}
	return Response{Data: b[:n:n], SW: StatusWord(b[n])<<8 | StatusWord(b[n+1])}, nil
}

// Bytes is the response as it goes over the wire.
func (r Response) Bytes() []byte {
	return append(append(make([]byte, 0, len(r.Data)+2), r.Data...), byte(r.SW>>8), byte(r.SW))
}
