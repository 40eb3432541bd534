package httpapi

import (
	"fmt"
	"net/http"
	"strconv"

	"sscard/terminal/apitype"
)

// number is a parameter of the query, or the usual where it is not given, or answers for one that is not between least and most.
func number(w http.ResponseWriter, r *http.Request, name string, least, most, usual int) (n int, ok bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		writeCode(w, r, apitype.RequestInvalid, fmt.Sprintf("%s is not a number from %d to %d", name, least, most))
		return 0, false
	}
	return n, true
}
