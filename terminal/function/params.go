package function

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Params are the parameters of all functions; each uses its own. A nil one was not given.
type Params struct {
	Type      *int    `json:"iType,omitempty"`
	AuthType  *int    `json:"iAuthType,omitempty"`
	CardInfo  *string `json:"pCardInfo,omitempty"`
	FileAddr  *string `json:"pFileAddr,omitempty"`
	WriteData *string `json:"pWriteData,omitempty"`
	PayInfo   *string `json:"pPayInfo,omitempty"`
	Key       *string `json:"pKey,omitempty"`

	// Beside the standard: which reader, by id or name, where more than one has a card as iType wants it.
	Reader *string `json:"reader,omitempty"`

	// Beside the standard, where PINs are entered in the request.
	PIN    *string `json:"pPIN,omitempty"`
	NewPIN *string `json:"pNewPIN,omitempty"`
}

// slots are the parameters by their names in the standard: numbers first, then texts.
func (p *Params) slots() (numbers map[string]**int, texts map[string]**string) {
	return map[string]**int{"iType": &p.Type, "iAuthType": &p.AuthType},
		map[string]**string{
			"pCardInfo": &p.CardInfo, "pFileAddr": &p.FileAddr, "pWriteData": &p.WriteData, "pPayInfo": &p.PayInfo,
			"pKey": &p.Key,
		}
}

// missing are those of the names that were not given.
func (p Params) missing(names []string) []string {
	numbers, texts := p.slots()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		number, isNumber := numbers[name]
		return (isNumber && *number != nil) || (!isNumber && *texts[name] != nil)
	})
}

// ParseParams takes the parameters of a function in the order of the C interface, all as text. It fails with
// [ErrUnknown] or [ErrParams].
func ParseParams(name string, values []string) (p Params, err error) {
	f, err := find(name)
	if err != nil {
		return p, err
	}
	if len(values) != len(f.Params) {
		return p, fmt.Errorf("%w: %s wants %s", ErrParams, name, strings.Join(f.Params, ", "))
	}
	numbers, texts := p.slots()
	for i, param := range f.Params {
		if text, ok := texts[param]; ok {
			*text = &values[i]
			continue
		}
		n, err := strconv.Atoi(values[i])
		if err != nil {
			return p, fmt.Errorf("%w: %s: %s is a number", ErrParams, name, param)
		}
		*numbers[param] = &n
	}
	return p, nil
}
