package sm

import (
	"crypto/cipher"
	"crypto/des"
	"fmt"
	"slices"

	"github.com/tjfoc/gmsm/sm4"
)

// Algorithm is a symmetric algorithm as a card names it: the value of tag 86 in the FCI of SSSE.
type Algorithm byte

// The algorithms of 人社信息函〔2016〕38号 §10.1.
const (
	DES   Algorithm = 1 // single DES under session keys, two-key 3DES under all others
	SSF33 Algorithm = 2
	SM4   Algorithm = 3
)

var algorithmNames = [...]string{DES: "DES", SSF33: "SSF33", SM4: "SM4"}

// ParseAlgorithm is the algorithm called name: "DES", "SSF33" or "SM4". Others give [ErrAlgorithm].
func ParseAlgorithm(name string) (Algorithm, error) {
	if i := slices.Index(algorithmNames[:], name); i > 0 {
		return Algorithm(i), nil
	}
	return 0, fmt.Errorf("%w: %q", ErrAlgorithm, name)
}

func (a Algorithm) String() string {
	if a.known() {
		return algorithmNames[a]
	}
	return a.Code()
}

// Code is the two digits that programs exchange for the algorithm (算法标识): "01", "02" or "03".
func (a Algorithm) Code() string { return fmt.Sprintf("%02X", byte(a)) }

func (a Algorithm) known() bool { return a > 0 && int(a) < len(algorithmNames) }

// cipher makes a block cipher of its own for each call: tjfoc's SM4 keeps scratch space inside.
func (a Algorithm) cipher(key []byte) (cipher.Block, error) {
	switch {
	case a == DES && len(key) == 8:
		return des.NewCipher(key)
	case a == DES && len(key) == 16:
		return des.NewTripleDESCipher(slices.Concat(key, key[:8]))
	case a == SM4 && len(key) == 16:
		return sm4.NewCipher(key)
	case a == DES || a == SM4:
		return nil, &LengthError{What: a.String() + " key", Len: len(key)}
	}
	return nil, fmt.Errorf("%w: %s", ErrAlgorithm, a)
}

// BlockSize is the width of a block in bytes: 8 for DES, 16 for SM4, and [ErrAlgorithm] for others.
func (a Algorithm) BlockSize() (int, error) {
	switch a {
	case DES:
		return des.BlockSize, nil
	case SM4:
		return sm4.BlockSize, nil
	}
	return 0, fmt.Errorf("%w: %s", ErrAlgorithm, a)
}

// ecb encrypts whole blocks one by one.
func (a Algorithm) ecb(key, blocks []byte) ([]byte, error) {
	return a.eachBlock(key, blocks, cipher.Block.Encrypt)
}

// eachBlock runs crypt on whole blocks one by one.
func (a Algorithm) eachBlock(key, blocks []byte, crypt func(_ cipher.Block, dst, src []byte)) (out []byte, err error) {
	defer guard(&err)
	block, err := a.cipher(key)
	if err != nil {
		return nil, err
	}
	out = make([]byte, len(blocks))
	for i := 0; i < len(blocks); i += block.BlockSize() {
		crypt(block, out[i:], blocks[i:])
	}
	return out, nil
}

// cbcLast encrypts whole blocks, at least one, chained from iv, and gives the last.
func (a Algorithm) cbcLast(key, iv, blocks []byte) (last []byte, err error) {
	defer guard(&err)
	block, err := a.cipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(blocks))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, blocks)
	return out[len(out)-block.BlockSize():], nil
}

// pad appends marker and then zeros up to a multiple of size.
func pad(data []byte, size int, marker ...byte) []byte {
	padded := slices.Concat(data, marker)
	return append(padded, make([]byte, (size-len(padded)%size)%size)...)
}
