package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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

// readBody decodes the request's body into v, strictly. Members are optional whose tags say that they may be left out; where all are, so is the body.
func readBody(r *http.Request, v any) error {
	document, err := onlyDocument(r.Body)
	if errors.Is(err, io.EOF) {
		document, err = []byte("null"), nil
	}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(document))
		d.DisallowUnknownFields()
		err = d.Decode(v)
	}
	if err == nil {
		err = checkMembers(document, membersOf(v))
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

// membersOf are those that the document v points to may have, and whether each must be there.
func membersOf(v any) map[string]bool {
	members := make(map[string]bool)
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v).Elem()) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		members[name] = !strings.Contains(options, "omit")
	}
	return members
}

// checkMembers refuses a document without a member that must be there, and one with a member whose name is another in its case, which
// encoding/json takes, or that stands twice: readers of JSON differ in which they take, and one of them may have looked at it before us.
func checkMembers(document []byte, members map[string]bool) error {
	given, err := givenMembers(document, members)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if value := given[name]; members[name] && (value == nil || string(value) == "null") {
			return fmt.Errorf("%q is missing", name)
		}
	}
	return nil
}

func givenMembers(document []byte, members map[string]bool) (given map[string]json.RawMessage, err error) {
	d := json.NewDecoder(bytes.NewReader(document))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, err
	}
	given = make(map[string]json.RawMessage)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, known := members[name]; !known {
			return nil, fmt.Errorf("no such member: %q", name)
		}
		if _, twice := given[name]; twice {
			return nil, fmt.Errorf("%q stands twice", name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		given[name] = value
	}
	return given, nil
}
