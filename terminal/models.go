package terminal

import (
	"sync"

	"sscard/apdu"
)

// A card model is told by T1-T7 of its historical bytes: chip maker, card operating system, card maker. What
// one card of a batch answered, the others will answer too.

const (
	modelBytes = 7
	maxModels  = 1024 // far more than there are; a bound against invented ones
)

// wholeForm is what a model made of READ RECORD for a whole file at once.
type wholeForm int

const (
	wholeUntried wholeForm = iota
	wholeTrusted           // it gave all that there was
	wholeRefused           // it refused, or left records out
)

// model is what is remembered of one.
type model struct {
	whole    map[string]wholeForm // by file name
	selectEF byte                 // P1 of SELECT that worked last
}

// models remembers, for the life of the process.
type models struct {
	mu    sync.Mutex
	known map[string]*model
}

// look calls fn with the memory of the model that has these historical bytes; fn must not keep it.
func (m *models) look(historical []byte, fn func(*model)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := string(historical[:min(len(historical), modelBytes)])
	known := m.known[key]
	if known == nil {
		if m.known == nil || len(m.known) >= maxModels {
			m.known = make(map[string]*model)
		}
		known = &model{whole: make(map[string]wholeForm), selectEF: apdu.SelectEFByID}
		m.known[key] = known
	}
	fn(known)
}
