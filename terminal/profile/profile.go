// Package profile holds the layouts of social security cards as data: which applications a card has, how each is
// selected, which files and records lie in it, what must be presented before a file is read, and what the records
// mean. The data are the YAML files under data, embedded in the binary; an administrator overlays them with a
// directory of the same shape (data/README.md is written for that person). A new city is a new YAML file, no Go.
//
// # Layout files
//
// national.yaml is the standard, regions/*.yaml say where a province or city differs. Quotes around scalars make no
// difference, so tags and versions may be written either way. Every key is known or refused.
//
//		match: "3205"                     # regions only: the start of the region code
//		applications:
//		  SSSE:
//		    zh: 社会保障系统环境
//		    en: Social security environment
//		    select:                       # tried in order: by name or by file identifier
//		      - {name: 7378312E73682EC9E7BBE1B1A3D5CF}
//		      - {fid: 3F00}
//		    files:                        # kept in this order
//		      EF06:
//		        fid: EF06
//		        sfi: 6                    # optional
//		        zh: 持卡人基本信息
//		        en: Holder
//		        since: "1"                # optional, like until
//		        read:
//		          - {since: "3", needs: RKSSSE}
//		        records:
//		          - {tag: "09", field: holder.name, format: text, length: 30, zh: 姓名, en: Name}
//		          - {tag: "4E", continues: holder.name, length: 20, since: "2"}
//
//	  - since and until bound the versions of the standard that a file, a record or a read rule is for, until
//	    excluded. Versions are compared on their first three characters, as the standard does.
//	  - read: the first rule for the card's version tells the key to present; without one the file is free.
//	  - format: see [Format]. take keeps only the first bytes of a value that some cards store too long.
//	  - field is issuer.…, holder.… or local.…, the groups of the document. A read gives the first two, and what a
//	    region keeps in files of its own, local.…, only to who asks for it.
//	  - personal marks personal data; fields of holder and local are personal, marked or not.
//	  - values gives the codes of a field their meaning in Chinese and English.
//	  - A record with neither field nor continues has a place in the file and no meaning.
//
// A region is laid over the layout of the next shorter matching region, and that over the national one. In a file
// known there, a record of a known tag changes the members it gives, remove drops it, and another tag adds a record:
// at the end, or after the tag named by after. A tag that has one meaning per version is told apart by since.
//
// # Use
//
// [Load] checks every layout that can be asked for, so that [Set.Layout] cannot fail. What it returns is shared and
// must not be modified; all of it is safe for concurrent use. Tags, formats and lengths follow 人社信息函〔2012〕37号,
// 社会保障卡文件结构和数据项(V2.0). The package knows no card and no reader, and imports none of our packages.
package profile

import "slices"

// Layout is what a card of one version and region holds.
type Layout struct {
	Version string // the three characters that count: "2.0"
	Region  string // as asked for

	applications []Application
	fields       []Field
}

// Application returns the application of that name, such as SSSE or DF01.
func (l Layout) Application(name string) (Application, bool) {
	return find(l.applications, func(a Application) bool { return a.Name == name })
}

// Fields returns all fields of the layout, in the order of its files.
func (l Layout) Fields() []Field { return l.fields }

// Field returns the field of that name, such as holder.name.
func (l Layout) Field(name string) (Field, bool) {
	return find(l.fields, func(f Field) bool { return f.Name == name })
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

// File is an elementary file of simple TLV records.
type File struct {
	Name    string
	Label   Label
	FID     uint16
	SFI     byte   // 0: none
	Needs   string // the key to present before reading; "": none
	Records []Record
}

// Size is what READ RECORD gives for the whole file: each value with its tag and length byte.
func (f File) Size() int {
	size := 0
	for _, r := range f.Records {
		size += 2 + r.Length
	}
	return size
}

// Record is one record of a file.
type Record struct {
	Tag       byte   // also the record identifier
	Length    int    // of the value in bytes, 1 to 255
	Field     string // what it holds, "" if that has no name
	Continues bool   // the value goes on from an earlier record of Field
	Format    Format // "" for a record that continues or has no field
	Take      int    // the first bytes that count; 0: all
}

// Decode decodes the value that this record begins, continued in the values of the records that continue it.
func (r Record) Decode(value []byte, continued ...[]byte) (Value, error) {
	if r.Take > 0 && len(value) > r.Take {
		value = value[:r.Take]
	}
	if len(continued) > 0 {
		value = JoinContinued(append([][]byte{value}, continued...)...)
	}
	return Decode(r.Format, value)
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
