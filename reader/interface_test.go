package reader

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInterface(t *testing.T) {
	const (
		contactATR     = "3B6D00000081544C968684510100000001"
		contactlessATR = "3B8D80010081544C96868451010000000150"
	)
	tests := []struct {
		name, reader, atr string
		want              Interface
	}{
		{"a contact word", "ACME Contact Reader 00 00", "", Contact},
		{"contactless holds contact", "ACME Contactless Reader 00 00", "", Contactless},
		{"PICC holds ICC", "ACS ACR1281 PICC Interface 00 00", "", Contactless},
		{"ICC", "ACS ACR1281 ICC Interface 00 00", "", Contact},
		{"NFC", "ACME nfc 01", "", Contactless},
		{"RFID with a number", "Reader RFID1", "", Contactless},
		{"CL alone", "OMNIKEY 5427-CL 00", "", Contactless},
		{"cl inside a word", "Clever Oracle 00", "", Unknown},
		{"Chinese contactless", "国产非接触读卡器 00", "", Contactless},
		{"Chinese contact", "国产接触式读卡器 00", "", Contact},
		{"nothing told", "ACME 00 00", "", Unknown},
		{"the name beats the ATR", "ACME Contact 00", contactlessATR, Contact},
		{"contactless ATR", "ACME 00", contactlessATR, Contactless},
		{"contactless ATR, wrong check byte", "ACME 00", contactlessATR[:len(contactlessATR)-2] + "51", Contact},
		{"contactless ATR without historical bytes", "ACME 00", "3B80800101", Contactless},
		{"contact ATR", "ACME 00", contactATR, Contact},
		{"ATR cut short", "ACME 00", "3B6D", Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			atr, err := hex.DecodeString(test.atr)
			require.NoError(t, err)
			require.Equal(t, test.want, interfaceOf(test.reader, atr))
		})
	}
}

func TestPick(t *testing.T) {
	card := &Card{ATR: []byte{0x3B}}
	in := func(id string, is Interface, card *Card) Reader {
		return Reader{ID: id, Name: "Reader " + id, Role: RoleCard, Interface: is, Card: card}
	}
	tests := []struct {
		name    string
		readers []Reader
		id      string
		want    Interface
		picked  string
		err     error
	}{
		{"the one that holds a card", []Reader{in("a", Contact, nil), in("b", Unknown, card)}, "", Unknown, "b", nil},
		{"contact first", []Reader{in("a", Contactless, card), in("b", Contact, card)}, "", Unknown, "b", nil},
		{"contactless wanted", []Reader{in("a", Contactless, card), in("b", Contact, card)}, "", Contactless, "a", nil},
		{"contact wanted, none", []Reader{in("a", Contactless, card)}, "", Contact, "", ErrNoCard},
		{"two on one interface", []Reader{in("a", Contact, card), in("b", Contact, card)}, "", Unknown, "", ErrAmbiguous},
		{"two, one named by id", []Reader{in("a", Contact, card), in("b", Contact, card)}, "b", Unknown, "b", nil},
		{"two, one named by name", []Reader{in("a", Contact, card), in("b", Contact, card)}, "Reader b", Unknown, "b", nil},
		{"named, empty", []Reader{in("a", Contact, nil)}, "a", Unknown, "", ErrNoCard},
		{"named, other interface", []Reader{in("a", Contact, card)}, "a", Contactless, "", ErrInterface},
		{"named, unknown", []Reader{in("a", Contact, card)}, "c", Unknown, "", ErrUnknownReader},
		{"no card", []Reader{in("a", Contact, nil)}, "", Unknown, "", ErrNoCard},
		{"no reader", nil, "", Unknown, "", ErrNoReader},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := Snapshot{Readers: test.readers}.Pick(test.id, test.want)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.picked, r.ID)
		})
	}
}
