package event

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"sscard/apdu"
	"sscard/reader"
)

const (
	historicalLength = 13 // T1-TD of a social security card
	serialLength     = 4  // TA-TD, at their end
	referenceLength  = 8
)

// reference is how events call the card in the reader: a keyed hash of its historical bytes, which are the same on both
// interfaces of a dual-interface card and hold its serial number. Another process makes another reference of them, and
// nobody finds them by trying. A card that has no such bytes is called by its stay in the reader.
func (h *Hub) reference(r reader.Reader, atr []byte) string {
	mac := hmac.New(sha256.New, h.salt)
	historical, err := apdu.HistoricalBytes(atr)
	if err == nil && len(historical) == historicalLength && !blank(historical[historicalLength-serialLength:]) {
		mac.Write(historical)
	} else {
		mac.Write(binary.BigEndian.AppendUint64([]byte(r.ID), h.seq))
	}
	return hex.EncodeToString(mac.Sum(nil)[:referenceLength])
}

// blank reports whether nothing was ever written there.
func blank(b []byte) bool {
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xFF")) == 0
}

// twin is where the same card is told of on its other interface; nil: nowhere. Two cards that claim the same serial
// number on the same kind of interface stay two.
func (h *Hub) twin(p *place) *place {
	for _, o := range h.places {
		if o != p && p.card != "" && o.card == p.card && isUser(o) && isUser(p) && opposite(o.reader.Interface, p.reader.Interface) {
			return o
		}
	}
	return nil
}

func isUser(p *place) bool { return p.reader.Role != reader.RoleSAM }

func opposite(a, b reader.Interface) bool {
	return (a == reader.Contact && b == reader.Contactless) || (a == reader.Contactless && b == reader.Contact)
}
