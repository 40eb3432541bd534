package tlv_test

import (
	"encoding/hex"
	"fmt"

	"sscard/apdu/tlv"
)

func ExampleFind() {
	fci, _ := hex.DecodeString("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")
	algorithm, found, err := tlv.Find(fci, 0x6F, 0xA5, 0x9F0C, 0x86)
	fmt.Printf("%X %v %v\n", algorithm, found, err)
	// Output: 03 true <nil>
}

func ExampleParseSimple() {
	records, err := tlv.ParseSimple([]byte("\x02\x01\x33\x03\x043.00\xFF\xFF"))
	for _, r := range records {
		fmt.Printf("%02X %q\n", r.Tag, r.Value)
	}
	fmt.Println(err)
	// Output:
	// 02 "3"
	// 03 "3.00"
	// <nil>
}
