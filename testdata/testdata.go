// Package testdata holds what several packages test with: descriptions of software cards, see
// reader/softcard for their form. All persons, numbers, keys and PINs are synthetic.
package testdata

import "embed"

// Cards holds cards/NAME.yaml, one software card each.
//
//go:embed cards/*.yaml
var Cards embed.FS

// SAMs holds sams/NAME.yaml, one software PSAM each. Their keys go with those of the cards.
//
//go:embed sams/*.yaml
var SAMs embed.FS
