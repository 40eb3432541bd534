package sm

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"time"
)

var (
	errTrailing  = errors.New("bytes behind the value")
	errCanonical = errors.New("not DER, or more than belongs there")
	errTime      = errors.New("not a time in UTC to the second")
)

// whole decodes the one value of type T that der is.
func whole[T any](der []byte) (v T, err error) {
	rest, err := asn1.Unmarshal(der, &v)
	if err == nil && len(rest) > 0 {
		err = errTrailing
	}
	return v, err
}

// strict is whole for a value whose DER is exactly der. encoding/asn1 alone passes over what follows the last
// field of a sequence, and takes defaults that DER leaves out.
func strict[T any](der []byte) (v T, err error) {
	if v, err = whole[T](der); err != nil {
		return v, err
	}
	again, err := asn1.Marshal(v)
	if err == nil && !bytes.Equal(again, der) {
		err = errCanonical
	}
	return v, err
}

// parseTime takes YYMMDDhhmmssZ as UTCTime and YYYYMMDDhhmmssZ as GeneralizedTime, for any year: some
// authorities use the long form before 2050 too, which RFC 5280 §4.1.2.5 does not want.
func parseTime(v asn1.RawValue) (time.Time, error) {
	text := string(v.Bytes)
	switch {
	case v.Class != asn1.ClassUniversal || v.IsCompound:
		return time.Time{}, errTime
	case v.Tag == asn1.TagUTCTime && text < "5":
		text = "20" + text
	case v.Tag == asn1.TagUTCTime:
		text = "19" + text
	case v.Tag != asn1.TagGeneralizedTime:
		return time.Time{}, errTime
	}
	const layout = "20060102150405Z"
	t, err := time.Parse(layout, text)
	if err != nil || t.Format(layout) != text {
		return time.Time{}, errTime
	}
	return t, nil
}
