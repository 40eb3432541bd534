package httpapi_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"sscard/terminal/apitype"
)

// reached is what of the document the run has come by.
type reached struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (r *reached) note(what, which string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[what+" "+which] = true
}

func (r *reached) status(o *operation, status int) {
	r.note(o.String()+" status", strconv.Itoa(status))
}

func (r *reached) answer(o *operation, status int, code string, document any) {
	r.status(o, status)
	if code != "" {
		r.note(o.String()+" code", code)
		return
	}
	members, _ := document.(map[string]any)
	if number, ok := members["return"].(json.Number); ok {
		r.note("number", number.String())
	}
	r.values("", document)
}

func (r *reached) message(o *operation, document any) {
	members, _ := document.(map[string]any)
	if kind, ok := members["type"].(string); ok {
		r.note("event", kind)
	}
	r.values("", document)
}

// values notes the codes and the like in an answer, by the member that they stand in.
func (r *reached) values(member string, document any) {
	switch v := document.(type) {
	case map[string]any:
		for name, value := range v {
			r.values(name, value)
		}
		if v["method"] != nil && v["reason"] != nil {
			r.note("verification", fmt.Sprint(v["reason"]))
		}
		if v["field"] != nil && v["reason"] != nil {
			r.note("missing", fmt.Sprint(v["reason"]))
		}
		if v["field"] != nil && v["code"] != nil {
			r.note("warning", fmt.Sprint(v["code"]))
		}
	case []any:
		for _, value := range v {
			r.values(member, value)
		}
	case string:
		if member == "code" || member == "reason" || member == "step" || member == "outcome" {
			r.note(member, v)
		}
	}
}

// unreached lists what the document says and nobody has come by. It is asked for where the whole package has run.
func (d *description) unreached() (list []string) {
	d.reached.mu.Lock() // a connection's goroutine may have ended just now
	defer d.reached.mu.Unlock()
	want := func(what, which string) {
		if !d.reached.seen[what+" "+which] {
			list = append(list, what+" "+which)
		}
	}
	for _, o := range d.operations {
		for status := range o.Responses.Map() {
			want(o.String()+" status", status)
		}
		for _, code := range o.codes {
			want(o.String()+" code", code)
		}
		closes, _ := o.socket()["closes"].(map[string]any)
		for code := range closes {
			want(o.String()+" closes", code)
		}
		if o.socket()["client"] != nil {
			want(o.String()+" message", "true")
		}
	}
	for kind := range d.Components.Schemas["Event"].Value.Discriminator.Mapping {
		want("event", kind)
	}
	for what, at := range map[string][2]string{
		"missing": {"Missing", "reason"}, "warning": {"Warning", "code"}, "verification": {"Verification", "reason"}, "step": {"Verification", "step"},
	} {
		for _, value := range d.enum(at[0], at[1]) {
			want(what, value)
		}
	}
	for code := range d.elsewhere() {
		number := strconv.Itoa(apitype.Code(code).Entry().Function)
		if !d.reached.seen["reason "+code] && !d.reached.seen["code "+code] && !d.reached.seen["number "+number] {
			list = append(list, "code "+code)
		}
	}
	slices.Sort(list)
	return list
}

// enum are the values that a member of a schema may have.
func (d *description) enum(schema, member string) (values []string) {
	s, err := d.schema("/components/schemas/" + schema + "/properties/" + member)
	if err == nil && s.Enum == nil {
		s = s.Ref
	}
	if err != nil || s == nil || s.Enum == nil {
		return nil
	}
	for _, value := range s.Enum.Values {
		values = append(values, fmt.Sprint(value))
	}
	return values
}

// elsewhere are the codes that are no problem of any operation.
func (d *description) elsewhere() map[string]any {
	found, _ := d.Components.Schemas["Code"].Value.Extensions["x-elsewhere"].(map[string]any)
	return maps.Clone(found)
}

// wholeRun reports whether all tests of the package were to run.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.bench", "test.fuzz", "test.list"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}
