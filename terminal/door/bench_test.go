package door_test

import (
	"log/slog"
	"testing"

	"sscard/terminal/config"
	"sscard/terminal/door"
)

// What the door adds to each request.
func BenchmarkDoor(b *testing.B) {
	d := door.New(door.Config{
		Token: token, Origins: []config.Origin{{Origin: his}},
		Limits: config.Limits{Rate: 1e9, Burst: 1e9}, Log: slog.New(slog.DiscardHandler),
	})
	for name, origin := range map[string]string{"token": "", "origin": his} {
		b.Run(name, func(b *testing.B) {
			r := from(origin)
			for b.Loop() {
				c, refusal := d.Admit(r, reading)
				if refusal != nil {
					b.Fatal(refusal)
				}
				_, leave, refusal := d.Enter(r, c)
				if refusal != nil {
					b.Fatal(refusal)
				}
				leave()
			}
		})
	}
}
