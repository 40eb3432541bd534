package main

import (
	"context"
	"os"
	"slices"
	"sync"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
)

// demoPCSC starts a pcscd of our own, with the cards in its virtual readers. libpcsclite reads the name of the socket
// at the first call of the process, which is yet to come.
func demoPCSC(slots []demoSlot) (reader.Driver, func(), error) {
	var names []string
	for _, slot := range slots {
		if !slices.Contains(names, slot.reader) {
			names = append(names, slot.reader)
		}
	}
	service, err := vpcd.Start(names...)
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
	for _, r := range service.Readers() {
		i := slices.IndexFunc(slots, func(slot demoSlot) bool { return slot.name() == r.Name })
		if i < 0 {
			continue
		}
		card, err := softwareCard{name: slots[i].card}.make()
		if err != nil {
			cleanUp()
			return nil, nil, err
		}
		cards.Go(func() { _ = vpcd.Serve(ctx, r.Addr, card) })
	}
	return pcsc.New(), cleanUp, nil
}
