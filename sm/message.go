package sm

import (
	"bytes"
	"crypto/cipher"
)

// AuthData answers a challenge: the original under the session key, whose 16-byte result is folded to 8
// (LD/T 32, INTERNAL and EXTERNAL AUTHENTICATION).
func AuthData(alg Algorithm, session []byte, original [8]byte) ([8]byte, error) {
	size, err := checkSession(alg, session)
	if err != nil {
		return [8]byte{}, err
	}
	x, err := alg.ecb(session, pad(original[:], size))
	if err != nil {
		return [8]byte{}, err
	}
	return [8]byte(fold(x, 8)), nil
}

// MAC is the four bytes that protect message under a session key: CBC from zero over the message padded
// with 80 00…; of the last block DES takes the left four bytes, SM4 the XOR of its four words. For
// secure messaging the message is CLA INS P1 P2 Lc and the data, Lc counting the MAC too.
func MAC(alg Algorithm, session, message []byte) ([4]byte, error) {
	size, err := checkSession(alg, session)
	if err != nil {
		return [4]byte{}, err
	}
	last, err := alg.cbcLast(session, make([]byte, size), pad(message, size, 0x80))
	if err != nil {
		return [4]byte{}, err
	}
	return ShortMAC(alg, last)
}

// ShortMAC takes the four bytes of a MAC from the last block of its chain: of DES the left ones, of SM4
// the XOR of the four words.
func ShortMAC(alg Algorithm, last []byte) ([4]byte, error) {
	size, err := alg.BlockSize()
	switch {
	case err != nil:
		return [4]byte{}, err
	case len(last) != size:
		return [4]byte{}, &LengthError{What: "last block", Len: len(last)}
	case alg == DES:
		return [4]byte(last), nil
	}
	return [4]byte(fold(last, 4)), nil
}

// ChainBlocks is the last block of a chain (CBC) over whole blocks that the caller has padded. A MAC in
// several pieces goes on from the block that it gave last (PSAM specification, CIPHER DATA).
func ChainBlocks(alg Algorithm, session, iv, blocks []byte) ([]byte, error) {
	size, err := checkBlocks(alg, session, blocks)
	if err != nil {
		return nil, err
	}
	if len(iv) != size {
		return nil, &LengthError{What: "initial block", Len: len(iv)}
	}
	return alg.cbcLast(session, iv, blocks)
}

// EncryptBlocks encrypts whole blocks one by one (PSAM specification, CIPHER DATA).
func EncryptBlocks(alg Algorithm, session, blocks []byte) ([]byte, error) {
	if _, err := checkBlocks(alg, session, blocks); err != nil {
		return nil, err
	}
	return alg.ecb(session, blocks)
}

// EncryptData encrypts at most 255 bytes for secure messaging: a length byte and the data, padded with
// 80 00… where they do not fill their last block, block by block under the session key.
func EncryptData(alg Algorithm, session, data []byte) ([]byte, error) {
	size, err := checkSession(alg, session)
	if err != nil {
		return nil, err
	}
	if len(data) > 255 {
		return nil, &LengthError{What: "data", Len: len(data)}
	}
	return alg.ecb(session, dataBlocks(data, size))
}

// DecryptData undoes [EncryptData]. What does not come out as a length, so many bytes and their padding
// gives [ErrPlaintext].
func DecryptData(alg Algorithm, session, encrypted []byte) ([]byte, error) {
	size, err := checkBlocks(alg, session, encrypted)
	if err != nil {
		return nil, err
	}
	blocks, err := alg.eachBlock(session, encrypted, cipher.Block.Decrypt)
	if err != nil {
		return nil, err
	}
	data := blocks[1:min(len(blocks), 1+int(blocks[0]))]
	if !bytes.Equal(dataBlocks(data, size), blocks) {
		return nil, ErrPlaintext
	}
	return data, nil
}

func dataBlocks(data []byte, size int) []byte {
	blocks := append([]byte{byte(len(data))}, data...)
	if len(blocks)%size == 0 {
		return blocks
	}
	return pad(blocks, size, 0x80)
}

// checkSession wants a session key, which is as wide as a block, and gives that width.
func checkSession(alg Algorithm, session []byte) (int, error) {
	size, err := alg.BlockSize()
	if err == nil && len(session) != size {
		err = &LengthError{What: alg.String() + " session key", Len: len(session)}
	}
	return size, err
}

// checkBlocks wants a session key and at least one whole block, and gives its width.
func checkBlocks(alg Algorithm, session, blocks []byte) (int, error) {
	size, err := checkSession(alg, session)
	if err == nil && (len(blocks) == 0 || len(blocks)%size != 0) {
		err = &LengthError{What: alg.String() + " blocks", Len: len(blocks)}
	}
	return size, err
}
