// Package profile holds the layouts of social security cards as data: which applications a card has, how each is
// selected, which files and records lie in it, what must be presented before a file is read or updated, what the
// records mean, and where the keys are; and, in asymmetric profiles, how a card of the third generation proves itself
// with a key of its own. The data are the YAML files under data, embedded in the binary; an administrator overlays
// them with a directory of the same shape (data/README.md is written for that person). A new city is a new YAML file,
// no Go.
//
// # Layout files
//
// national.yaml is the standard, regions/*.yaml say where a province or city differs. Quotes around scalars make no
// difference, so tags and versions may be written either way. Every key is known or refused.
//
//	match: "3205"                     # regions only: the start of the region code
//	applications:
//	  DF01:
//	    zh: 公共应用
//	    en: Public application
//	    select:                       # tried in order: by name or by file identifier
//	      - {name: D15600000500}
//	      - {fid: DF01}
//	    files:                        # kept in this order
//	      EF15:
//	        fid: EF15
//	        sfi: 21                   # optional
//	        zh: 学历信息
//	        en: Education
//	        since: "2"                # optional, like until
//	        structure: variable       # the default; or fixed, cyclic, transparent
//	        read:                     # for all versions: read: PIN | RK1DF01
//	          - {until: "3", access: PIN | RK1DF01}
//	          - {since: "3", access: RK1DF01 & PIN}
//	        update: UK6DF01
//	        records:
//	          - {tag: "2A", format: digits, length: 1, zh: 学历, en: Education}
//	          - {tag: "40", repeat: 3, items: [{tag: "57", format: text, length: 3}, …]}
//	keys:
//	  UK6DF01: {level: ministry, id: 88, usage: 67, psam: 2F, hsm: [0052, 0053, 0054], zh: 学历信息更新}
//
// What the members say:
//
//   - since and until bound the versions of the standard that a file, a record or an access is for, until excluded.
//     Versions are compared on their first three characters, as the standard does.
//   - read and update tell the access, by the first rule for the card's version: free, never, PIN, or names of keys,
//     with | between what is enough and & between what is all needed, in the order to present it. Without a rule a
//     file is free to read and never updated.
//   - A variable or fixed file has records of simple TLV. A cyclic one, and a fixed one too, may have items instead,
//     the parts of every record, without tags, and count, how many records there are at least. A transparent one has
//     its length.
//   - A record whose value is simple TLV again has items with tags instead of a length. repeat is how many records
//     there are of its tag.
//   - format: see [Format]; without one a value is given in hexadecimal. take keeps only the first bytes of a value
//     that some cards store too long. values gives codes their meaning in Chinese and English.
//   - reused is the format, length and name of what a tag means that had another meaning in 1.0, which the record
//     itself tells: see [Record.Decode].
//   - field is issuer.…, holder.… or local.…, the groups of the document. A read gives the first two, and what a
//     region keeps in files of its own, local.…, only to who asks for it. A record that continues one of them has no
//     name of its own. What has no field is read by its file and tag alone.
//   - personal marks personal data; fields of holder and local are personal, marked or not.
//   - What has neither field nor zh and en is called by its tag.
//   - A key has its id in the card, and its usage and id in a PSAM, in hexadecimal, as far as they are public, and the
//     addresses of its versions in an HSM.
//
// A region is laid over the layout of the next shorter matching region, and that over the national one. In a file
// known there, a record of a known tag changes the members it gives, remove drops it, and another tag adds a record:
// at the end, or after the tag named by after. A tag that has one meaning per version is told apart by since. Lists
// (select, read, update, items, hsm) are replaced as a whole.
//
// # Asymmetric profiles
//
// Where a card keeps its certificate and how it signs with SM2 (GM/T 0003) is in no public standard, and a province may
// do it in a way of its own. So each way is a file, asymmetric/NAME.yaml:
//
//	zh: 非对称认证
//	en: Asymmetric authentication
//	since: "3"                        # versions of the standard, like until
//	match: ["5101", "5106"]           # only for these starts of region codes; without it for all
//	probe: true                       # the default; false: never tried on a card
//	select:                           # of the application, tried in order, as in layouts
//	  - {name: D1560000050A}
//	certificate: {fid: EF15, sfi: 21, by: [fid, sfi], skip: 0, encoding: der}
//	chain: []                         # more such files: certificates above, the card's own issuer's first
//	pin: false                        # true: the holder's PIN is verified first
//	sign:                             # in order; the answer to the last holds the signature
//	  - {label: INTERNAL AUTHENTICATE, command: 00 88 00 01, data: "{challenge}", ne: 64}
//	answer: {path: [], dynamic: 0, layout: rs}
//	hash: sm2
//	user_id: "1234567812345678"
//
// What the members say:
//
//   - certificate is read by READ BINARY: by says how the file is reached, in the order to try, by fid and then by sfi
//     where it says nothing. skip bytes come before the certificate, which is der or base64.
//   - command is CLA INS P1 P2, data are bytes in hexadecimal, and ne is the length of the answer asked for, none if
//     it is left out. In the data {challenge} stands for the 32 bytes that the card is to hash and sign, or {digest}
//     for what the terminal has hashed. A profile uses one of them.
//   - answer says where the signature is: at the end of a path of BER tags, in the bare answer if there is none, after
//     dynamic bytes of the card's own, which it has signed before the challenge, as r ‖ s (rs) or in DER (der).
//   - hash sm2 is SM3 over Z and the message, and user_id the signer's in Z. hash plain is SM3 of the message; only a
//     terminal makes it.
//   - A step only chooses a key and computes: in class 00 SELECT, GET CHALLENGE, MANAGE SECURITY ENVIRONMENT, PERFORM
//     SECURITY OPERATION and INTERNAL AUTHENTICATE. In classes from 80 on commands that are known to change a card, to
//     verify a PIN or key, or to move money are refused.
//
// [Set.Asymmetric] gives those to try on a card. The profiles named template-… are forms to copy, each a guess.
//
// # Use
//
// [Load] checks every layout that can be asked for and every profile, so that [Set.Layout] cannot fail. What it returns
// is shared and must not be modified; all of it is safe for concurrent use. [Record.Decode] and [Record.Encode] turn
// values of records into text and back, those of [Item] values of their parts; [ParseAddress] reads how the functions
// of 人社信息函〔2016〕38号 name files and records.
//
// Tags, formats and lengths follow 人社信息函〔2012〕37号, 社会保障卡文件结构和数据项(V2.0), keys follow 38号, annex B. The
// package knows no card and no reader, and imports none of our packages.
package profile

import "slices"

// Layout is what a card of one version and region holds.
type Layout struct {
	Version string // the three characters that count: "2.0"
	Region  string // as asked for

	applications []Application
	fields       []Field
	keys         []Key
}

// Application returns the application of that name, such as SSSE or DF01.
func (l Layout) Application(name string) (Application, bool) {
	return find(l.applications, func(a Application) bool { return a.Name == name })
}

// Applications returns all applications of the layout, in the order of the layout file.
func (l Layout) Applications() []Application { return l.applications }

// Fields returns all fields of the layout, in the order of its files.
func (l Layout) Fields() []Field { return l.fields }

// Field returns the field of that name, such as holder.name.
func (l Layout) Field(name string) (Field, bool) {
	return find(l.fields, func(f Field) bool { return f.Name == name })
}

// Keys returns all keys of the layout.
func (l Layout) Keys() []Key { return l.keys }

// Key returns the key of that name, such as RKSSSE.
func (l Layout) Key(name string) (Key, bool) {
	return find(l.keys, func(k Key) bool { return k.Name == name })
}

// Application is a directory of the card.
type Application struct {
	Name   string
	Label  Label
	Select []Selection // in the order to try
	Files  []File      // in the order of the layout file
}

// File returns the file of that name, such as EF05.
func (a Application) File(name string) (File, bool) {
	return find(a.Files, func(f File) bool { return f.Name == name })
}

// Selection is one way to select an application: by Name if it has one, else by FID.
type Selection struct {
	Name []byte
	FID  uint16
}

// Field is one item of the document that a read returns.
type Field struct {
	Name          string // "holder.name"
	Group, Member string // "holder", "name"
	Label         Label
	Personal      bool             // personal data: never logged
	Values        map[string]Label // what the codes mean; nil if the value is no code
}

// Label is what people call a thing.
type Label struct{ ZH, EN string }

func find[T any](list []T, match func(T) bool) (T, bool) {
	i := slices.IndexFunc(list, match)
	if i < 0 {
		var none T
		return none, false
	}
	return list[i], true
}
