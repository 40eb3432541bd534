package door

import (
	"slices"
	"strings"
	"sync"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// Sources of an allowed origin.
const (
	sourceConfig = "config"
	sourceState  = "state"
)

// allowed is the list of origins that may call: the configuration's, and beside them what was allowed since. Where both
// name an origin, the configuration counts.
type allowed struct {
	mu       sync.RWMutex
	inConfig []config.Origin
	inState  []config.Origin
}

func newAllowed(inConfig, inState []config.Origin) *allowed {
	return &allowed{inConfig: inConfig, inState: slices.Clone(inState)}
}

func (a *allowed) find(origin string) (config.Origin, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.locked(origin)
}

func (a *allowed) locked(origin string) (config.Origin, bool) {
	for _, list := range [][]config.Origin{a.inConfig, a.inState} {
		if i := index(list, origin); i >= 0 {
			return list[i], true
		}
	}
	return config.Origin{}, false
}

func (a *allowed) has(origin string) bool {
	_, ok := a.find(origin)
	return ok
}

func (a *allowed) configured(origin string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return index(a.inConfig, origin) >= 0
}

func (a *allowed) kept() []config.Origin {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.Clone(a.inState)
}

func (a *allowed) keep(list []config.Origin) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inState = list
}

// configure tells which origins may not call any more, or not as they could.
func (a *allowed) configure(list []config.Origin) (changed []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := slices.Concat(a.inState, a.inConfig)
	before := allowed{inConfig: a.inConfig, inState: a.inState}
	a.inConfig = list
	for _, o := range known {
		was, _ := before.locked(o.Origin)
		now, ok := a.locked(o.Origin)
		if !ok || (now.Fields == nil) != (was.Fields == nil) || !slices.Equal(now.Fields, was.Fields) {
			changed = append(changed, o.Origin)
		}
	}
	return changed
}

// list is in the order of the names.
func (a *allowed) list() []apitype.AllowedOrigin {
	a.mu.RLock()
	defer a.mu.RUnlock()
	list := []apitype.AllowedOrigin{}
	for _, o := range a.inConfig {
		list = append(list, apitype.AllowedOrigin{Origin: o.Origin, Fields: o.Fields, Source: sourceConfig})
	}
	for _, o := range a.inState {
		if index(a.inConfig, o.Origin) < 0 {
			list = append(list, apitype.AllowedOrigin{Origin: o.Origin, Fields: o.Fields, Source: sourceState})
		}
	}
	slices.SortFunc(list, func(a, b apitype.AllowedOrigin) int { return strings.Compare(a.Origin, b.Origin) })
	return list
}

func index(list []config.Origin, origin string) int {
	return slices.IndexFunc(list, func(o config.Origin) bool { return o.Origin == origin })
}

// put replaces the entry of the same origin, or adds it.
func put(list []config.Origin, o config.Origin) []config.Origin {
	if i := index(list, o.Origin); i >= 0 {
		list[i] = o
		return list
	}
	return append(list, o)
}
