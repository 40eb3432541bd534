package softcard

import "sscard/apdu"

// Status words of LD/T 32 and, of the last, of the PSAM specification.
const (
	swDone           apdu.StatusWord = 0x9000
	swMore           apdu.StatusWord = 0x6100
	swVerification   apdu.StatusWord = 0x63C0
	swLength         apdu.StatusWord = 0x6700
	swState          apdu.StatusWord = 0x6901
	swFileStructure  apdu.StatusWord = 0x6981
	swSecurityStatus apdu.StatusWord = 0x6982
	swBlocked        apdu.StatusWord = 0x6983
	swNoChallenge    apdu.StatusWord = 0x6984
	swConditions     apdu.StatusWord = 0x6985
	swNoCurrentEF    apdu.StatusWord = 0x6986
	swSecureMAC      apdu.StatusWord = 0x6988
	swData           apdu.StatusWord = 0x6A80
	swNotSupported   apdu.StatusWord = 0x6A81
	swFileNotFound   apdu.StatusWord = 0x6A82
	swRecordNotFound apdu.StatusWord = 0x6A83
	swNoSpace        apdu.StatusWord = 0x6A84
	swTLVLength      apdu.StatusWord = 0x6A85
	swP1P2           apdu.StatusWord = 0x6A86
	swKeyNotFound    apdu.StatusWord = 0x6A88
	swOffset         apdu.StatusWord = 0x6B00
	swCorrectLength  apdu.StatusWord = 0x6C00
	swInstruction    apdu.StatusWord = 0x6D00
	swClass          apdu.StatusWord = 0x6E00
	swMAC            apdu.StatusWord = 0x9302
	swAmount         apdu.StatusWord = 0x9401
	swCounter        apdu.StatusWord = 0x9402
	swKeyIndex       apdu.StatusWord = 0x9403
	swNoProof        apdu.StatusWord = 0x9406
	swMAC2           apdu.StatusWord = 0x63CF
)

// status is an answer without data.
func status(sw apdu.StatusWord) apdu.Response { return apdu.Response{SW: sw} }
