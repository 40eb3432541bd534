// Package testdata holds what several packages test with: descriptions of software cards, see
// reader/softcard for their form, and an authority that certifies their keys. All persons, numbers,
// offices, keys and PINs are synthetic.
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

// Trust holds the authority that certified the keys of the cards in Cards: trust/root.pem, in place of
// the ministry, and trust/province.pem, issued by it, whose key made the cards' certificates. Beside them
// are their keys, as root-key.pem and province-key.pem. Everybody has these: who trusts this root in
// earnest trusts anybody.
//
//go:embed trust/*.pem
var Trust embed.FS
