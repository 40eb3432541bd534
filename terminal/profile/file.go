package profile

// Structure is how a file is organised.
type Structure string

const (
	Variable    Structure = "variable"    // 变长记录: records of simple TLV
	Fixed       Structure = "fixed"       // 定长记录: records of one length, of simple TLV or of untagged items
	Cyclic      Structure = "cyclic"      // 循环记录: records of untagged items, number 1 the newest
	Transparent Structure = "transparent" // 透明: bytes
)

// File is an elementary file.
type File struct {
	Name         string
	Label        Label
	FID          uint16
	SFI          byte // 0: none
	Structure    Structure
	Length       int // bytes of a transparent file, or of a record of a fixed or cyclic one
	Count        int // how many records of Items there are at least; 0: not said
	Read, Update Access
	Records      []Record
	Items        []Item // of every record, where these have no tag
}

// Record returns the record of that tag.
func (f File) Record(tag byte) (Record, bool) {
	return find(f.Records, func(r Record) bool { return r.Tag == tag })
}

// Size is the bytes of the whole file, as READ RECORD or READ BINARY gives them; at least, where Count is.
func (f File) Size() int {
	switch {
	case f.Structure == Transparent:
		return f.Length
	case len(f.Items) > 0:
		return f.Length * f.Count
	}
	size := 0
	for _, r := range f.Records {
		size += r.Size()
	}
	return size
}
