package reader

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Snapshot is what the pool knows at one moment. Err is not nil while the service is not to be had; then
// there are no readers.
type Snapshot struct {
	Readers []Reader
	Err     error
	Since   time.Time // of Err
}

// Pick chooses the reader to read a person's card from. With an id or a name it is that reader; otherwise the one
// that holds a card on the wanted interface, where Unknown stands for any, contact first. Two candidates
// on the same interface are refused ([ErrAmbiguous]): guessing would show one patient's data to another.
func (s Snapshot) Pick(id string, want Interface) (Reader, error) {
	if s.Err != nil {
		return Reader{}, &Error{Op: "find", Err: s.Err}
	}
	readers := slices.DeleteFunc(slices.Clone(s.Readers), func(r Reader) bool { return r.Role == RoleSAM })
	if id != "" {
		return byID(readers, id, want)
	}
	if len(readers) == 0 {
		return Reader{}, &Error{Op: "find", Err: ErrNoReader}
	}
	holding := slices.DeleteFunc(readers, func(r Reader) bool { return r.Card == nil })
	if len(holding) == 0 {
		return Reader{}, &Error{Op: "find", Err: ErrNoCard}
	}
	for _, is := range preference(want) {
		on := slices.DeleteFunc(slices.Clone(holding), func(r Reader) bool { return r.Interface != is })
		switch len(on) {
		case 0:
		case 1:
			return on[0], nil
		default:
			return Reader{}, &Error{Op: "find", Err: fmt.Errorf("%w: name one of %s", ErrAmbiguous, names(on))}
		}
	}
	return Reader{}, &Error{Op: "find", Err: ErrNoCard}
}

// preference is in which order interfaces are looked at.
func preference(want Interface) []Interface {
	switch want {
	case Unknown, "":
		return []Interface{Contact, Contactless, Unknown}
	case ContactlessFirst:
		return []Interface{Contactless, Contact, Unknown}
	}
	return []Interface{want}
}

func names(readers []Reader) string {
	quoted := make([]string, len(readers))
	for i, r := range readers {
		quoted[i] = fmt.Sprintf("%q", r.Name)
	}
	return strings.Join(quoted, ", ")
}

func byID(readers []Reader, id string, want Interface) (Reader, error) {
	i := slices.IndexFunc(readers, func(r Reader) bool { return r.ID == id || r.Name == id })
	if i < 0 {
		return Reader{}, &Error{Op: "find", Reader: id, Err: ErrUnknownReader}
	}
	r := readers[i]
	if !slices.Contains(preference(want), r.Interface) {
		return Reader{}, &Error{Op: "find", Reader: r.Name, Err: fmt.Errorf("%w: %s, and not %s", ErrInterface, r.Interface, want)}
	}
	if r.Card == nil {
		return Reader{}, &Error{Op: "find", Reader: r.Name, Err: ErrNoCard}
	}
	return r, nil
}
