package terminal

// AlgorithmOf is the symmetric algorithm of a card, "DES", "SSF33" or "SM4", by what it answers to SELECT and by its
// region, which may be empty.
func AlgorithmOf(fci []byte, region string) string { return algorithmOf(fci, region) }
