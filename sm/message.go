package sm

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
	last, err := alg.cbcLast(session, pad(message, size, 0x80))
	if err != nil {
		return [4]byte{}, err
	}
	if alg == DES {
		return [4]byte(last), nil
	}
	return [4]byte(fold(last, 4)), nil
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

func dataBlocks(data []byte, size int) []byte {
	blocks := append([]byte{byte(len(data))}, data...)
	if len(blocks)%size == 0 {
		return blocks
	}
	return pad(blocks, size, 0x80)
}

// checkSession wants a session key, which is as wide as a block, and gives that width.
func checkSession(alg Algorithm, session []byte) (int, error) {
	size, err := alg.blockSize()
	if err == nil && len(session) != size {
		err = &LengthError{What: alg.String() + " session key", Len: len(session)}
	}
	return size, err
}
