package terminal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// guarded is a file of a full card.
type guarded struct {
	address profile.FileAddress
	file    profile.File
}

// everyFile lists the files of the layout of a full card.
func everyFile(c *counter, name string) (files []guarded) {
	version := map[string]string{"gen2-full": "2.0", "gen3-full": "3.00"}[name]
	layout := c.terminal.Profiles().Layout(version, "510100")
	for _, application := range []string{"SSSE", "DF01", "DF02", "DF03", "DF04", "DF07"} {
		app, known := layout.Application(application)
		require.True(c.t, known)
		for _, f := range app.Files {
			files = append(files, guarded{profile.FileAddress{Application: application, File: f.Name}, f})
		}
	}
	require.NotEmpty(c.t, files)
	return files
}

func TestReadAccess(t *testing.T) {
	dir := full(t)
	for _, name := range fullCards {
		t.Run(name+", nobody has keys", func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				before := c.read(terminal.ReadRequest{})
				for _, f := range everyFile(c, name) {
					_, err := c.terminal.ReadItems(t.Context(), terminal.ItemsRequest{Files: []profile.FileAddress{f.address}})
					if f.file.Read.Free() {
						require.NoError(t, err, f.address)
						continue
					}
					require.ErrorIs(t, err, apdu.ErrSecurityStatus, f.address)
					if _, some := f.file.Read.Key(); some {
						require.Equal(t, apitype.SAMAbsent, terminal.AsError(err).Code, "%s: %v", f.address, err)
					}
					after := c.read(terminal.ReadRequest{})
					require.Equal(t, before, after, "nothing was opened")
				}
			})
		})
		t.Run(name+", a PSAM and the holder", func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.psam("psam")
				c.insert(card(t, name))
				for _, f := range everyFile(c, name) {
					h := &holder{pin: "123456"}
					got, err := c.terminal.ReadItems(t.Context(), terminal.ItemsRequest{Files: []profile.FileAddress{f.address}, Entry: h})
					require.NoError(t, err, f.address)
					require.NotEmpty(t, got[0].Rows, f.address)
					require.NotEmpty(t, got[0].Rows[0], f.address)
					require.Equal(t, wants(f.file.Read), h.asked > 0, "%s: %s", f.address, f.file.Read)
				}
			})
		})
		t.Run(name+", the holder alone", func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				for _, f := range everyFile(c, name) {
					c.insert(card(t, name)) // one that has not seen the PIN
					request := terminal.ItemsRequest{Files: []profile.FileAddress{f.address}, ByPIN: true, Entry: &holder{pin: "123456"}}
					_, err := c.terminal.ReadItems(t.Context(), request)
					if f.file.Read.Free() || f.file.Read.PIN() {
						require.NoError(t, err, f.address)
					} else {
						require.ErrorIs(t, err, apdu.ErrSecurityStatus, f.address)
					}
				}
			})
		})
	}
}

// wants reports whether there is no way around the PIN.
func wants(a profile.Access) bool {
	for _, set := range a {
		if len(set) == 0 || set[len(set)-1] != profile.PIN {
			return false
		}
	}
	return true
}

// One PIN opens all files of a request.
func TestPINIsAskedOnce(t *testing.T) {
	open(t, full(t), func(t *testing.T, c *counter) {
		c.insert(card(t, "gen3-full"))
		h := &holder{pin: "123456"}
		files := addresses(t, "DF01EF05|21|$DF04EF08$DF01EF06|23|$DF04EF05|8B|$")
		_, err := c.terminal.ReadItems(t.Context(), terminal.ItemsRequest{Files: files, ByPIN: true, Entry: h})
		require.NoError(t, err)
		require.Equal(t, 1, h.asked)
	})
}
