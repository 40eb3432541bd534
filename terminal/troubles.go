package terminal

import (
	"sscard/reader"
	"sscard/terminal/apitype"
)

// Troubles are what is wrong with the PC/SC service, the readers, and whom to believe.
func (t *Terminal) Troubles() []apitype.Trouble {
	return append(t.readerTroubles(), t.trustTroubles()...)
}

func (t *Terminal) readerTroubles() (list []apitype.Trouble) {
	now := t.pool.Snapshot()
	if now.Err != nil {
		trouble := troubleOf(apitype.OfService, now.Err)
		trouble.Since = now.Since
		return append(list, trouble)
	}
	for _, r := range now.Readers {
		if r.State == reader.StateHung {
			trouble := troubleOf(apitype.OfReader, r.Hang.Err)
			trouble.Since, trouble.Reader = r.Hang.Since, &apitype.ReaderRef{ID: r.ID, Name: r.Name}
			list = append(list, trouble)
		}
	}
	return list
}

func troubleOf(subject apitype.Subject, err error) apitype.Trouble {
	trouble := apitype.TroubleOf(subject, AsError(err).Code)
	trouble.Detail = err.Error()
	return trouble
}
