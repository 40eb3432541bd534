package trace_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"sscard/apdu"
	"sscard/apdu/trace"
)

func Example() {
	session, err := trace.Parse(strings.NewReader(`# sscard trace 1
@ interface contact
> 00B2030006
< 0304332E3030 9000 +12.5ms
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	card := trace.NewPlayer(session)
	version := apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, 3, 6)
	data, err := apdu.NewChannel(card).Do(context.Background(), "READ RECORD EF05", version)
	fmt.Printf("%q %v %v\n", data, err, card.Done())

	_, _ = session.WriteTo(os.Stdout)
	// Output:
	// "\x03\x043.00" <nil> <nil>
	// # sscard trace 1
	// @ interface contact
	// > 00B2030006
	// < 0304332E30309000 +12.5ms
}
