package main

import (
	"context"
	"os"
	"sync"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
)

// demoPCSC starts a pcscd of our own, with the cards in its virtual readers. libpcsclite reads the name of the socket
// at the first call of the process, which is yet to come.
func demoPCSC() (reader.Driver, func(), error) {
	service, err := vpcd.Start("Virtual Contact", "Virtual Contact B", "Virtual Contactless")
	if err != nil {
		return nil, nil, err
	}
	os.Setenv("PCSCLITE_CSOCK_NAME", service.Socket())
	ctx, takeOut := context.WithCancel(context.Background())
	var cards sync.WaitGroup
	cleanUp := func() {
		takeOut()
		cards.Wait()
		service.Stop()
	}
	readers := service.Readers()
	insert := func(slot int, name string) error {
		card, err := softwareCard(name, "", "")
		if err == nil {
			cards.Go(func() { _ = vpcd.Serve(ctx, readers[slot].Addr, card) })
		}
		return err
	}
	const firstContactless = 4 // two slots a name
	for i, name := range demoContactCards {
		if err := insert(i, name); err != nil {
			cleanUp()
			return nil, nil, err
		}
	}
	for i, name := range demoContactlessCards {
		if err := insert(firstContactless+i, name); err != nil {
			cleanUp()
			return nil, nil, err
		}
	}
	return pcsc.New(), cleanUp, nil
}
