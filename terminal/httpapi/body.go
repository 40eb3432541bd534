package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	errBody = errors.New("the body is not the JSON document that is expected")
	errMore = errors.New("more than one document")
	errUTF8 = errors.New("the text is not UTF-8")
)

// readBody decodes the request's body into v, strictly; no body at all leaves v as it is.
func readBody(r *http.Request, v any) error {
	document, err := onlyDocument(r.Body)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(document))
		d.DisallowUnknownFields()
		err = d.Decode(v)
	}
	if err == nil {
		err = checkNames(document, namesOf(v))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errBody, inJSON(err))
	}
	return nil
}

// kindsOfJSON are what a caller calls the kinds of our members.
var kindsOfJSON = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Int: "a whole number", reflect.Bool: "true or false",
	reflect.Slice: "a list", reflect.Struct: "an object",
}

// inJSON says in words of JSON what the decoder says of Go's types: the caller has not written ours.
func inJSON(err error) error {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		where := "the document"
		if mistyped.Field != "" {
			where = strconv.Quote(mistyped.Field)
		}
		return fmt.Errorf("%s is not %s", where, cmp.Or(kindsOfJSON[mistyped.Type.Kind()], "what is expected"))
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fmt.Errorf("no such member: %s", name)
	}
	return err
}

// onlyDocument fails with [io.EOF] where there is none.
func onlyDocument(r io.Reader) (document json.RawMessage, err error) {
	d := json.NewDecoder(r)
	if err := d.Decode(&document); err != nil {
		return nil, err
	}
	switch _, err := d.Token(); {
	case err == nil:
		return nil, errMore
	case !errors.Is(err, io.EOF):
		return nil, err
	case !utf8.Valid(document): // it would be mended
		return nil, errUTF8
	}
	return document, nil
}

// namesOf are the members that the document v points to may have.
func namesOf(v any) (names []string) {
	typ := reflect.TypeOf(v).Elem()
	if typ.Kind() != reflect.Struct {
		return nil
	}
	for _, field := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// checkNames refuses an object with a member whose name is another in its case, which encoding/json takes, or that stands twice: readers
// of JSON differ in which they take, and one of them may have looked at it before us.
func checkNames(document []byte, known []string) error {
	d := json.NewDecoder(bytes.NewReader(document))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return err
	}
	var seen []string // few: the members of v, and one
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		switch {
		case !slices.Contains(known, name):
			return fmt.Errorf("no such member: %q", name)
		case slices.Contains(seen, name):
			return fmt.Errorf("%q stands twice", name)
		}
		seen = append(seen, name)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}
