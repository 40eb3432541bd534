package sm

import (
	"fmt"

	"github.com/tjfoc/gmsm/sm3"
)

// SM3 is the hash of the parts, one after the other (GM/T 0004). It does not mark where a part ends: a
// caller for whom that matters puts lengths between them.
func SM3(parts ...[]byte) (digest [32]byte, err error) {
	defer guard(&err)
	h := sm3.New()
	for _, part := range parts {
		h.Write(part)
	}
	sum := h.Sum(nil)
	if len(sum) != len(digest) {
		return digest, fmt.Errorf("%w: SM3 digest of %d bytes", ErrLibrary, len(sum))
	}
	return [32]byte(sum), nil
}
