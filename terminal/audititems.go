package terminal

import (
	"context"

	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// Files and items of them are named in the audit log as DF01EF05 and DF01EF05/20.

func fileName(a profile.FileAddress) string { return a.Application + a.File }

// itemNames are the items of the addresses, or their files.
func itemNames(addresses []profile.FileAddress) (names []string) {
	for _, a := range addresses {
		names = append(names, rowNames(a, len(a.Items))...)
	}
	return names
}

// rowNames are the names of a file's first n rows, or of the file where it has none.
func rowNames(a profile.FileAddress, n int) (names []string) {
	if len(a.Items) == 0 {
		return []string{fileName(a)}
	}
	for _, item := range a.Items[:min(n, len(a.Items))] {
		names = append(names, fileName(a)+"/"+item.String())
	}
	return names
}

// noteContents notes what is given of files: what the card does not hold is not.
func noteContents(ctx context.Context, contents []FileContent) {
	given := []string{}
	for _, c := range contents {
		for i, row := range c.Rows {
			switch {
			case row == nil:
			case i < len(c.Address.Items):
				given = append(given, fileName(c.Address)+"/"+c.Address.Items[i].String())
			default:
				given = append(given, fileName(c.Address))
			}
		}
	}
	note(ctx, func(line *apitype.AuditRecord) { line.Given = short(given) })
}

// noteWritten notes what the card has taken, in the order of the request.
func noteWritten(ctx context.Context, files []FileValues, written Written) {
	var names []string
	left := written.Rows
	for _, f := range files {
		if n := min(left, len(f.Rows)); n > 0 {
			names = append(names, rowNames(f.Address, n)...)
			left -= n
		}
	}
	note(ctx, func(line *apitype.AuditRecord) { line.Written = short(names) })
}

func noteDebit(ctx context.Context, state DebitState) {
	note(ctx, func(line *apitype.AuditRecord) { line.Debit = state.String() })
}
