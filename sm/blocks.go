package sm

// DataBlocks fills data for secure messaging to whole blocks, as [EncryptData] does before it encrypts: for who has
// the encryption done elsewhere.
func DataBlocks(alg Algorithm, data []byte) ([]byte, error) {
	size, err := alg.BlockSize()
	if err != nil {
		return nil, err
	}
	return dataBlocks(data, size), nil
}

// MACBlocks fills a message to whole blocks, as [MAC] does before it chains them.
func MACBlocks(alg Algorithm, message []byte) ([]byte, error) {
	size, err := alg.BlockSize()
	if err != nil {
		return nil, err
	}
	return pad(message, size, 0x80), nil
}
