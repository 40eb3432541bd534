package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"sscard/docs"
)

// docs/openapi.yaml, and what the daemon says held against it. kin-openapi reads and validates the document. Messages
// are validated by the library that kin-openapi has for it too, used directly, since it would compile a schema for each message.

// openapi is the document, read once.
var openapi = sync.OnceValue(func() *description {
	d, err := describe()
	if err != nil {
		panic(err)
	}
	return d
})

// description is the document, ready to be compared with.
type description struct {
	*openapi3.T
	operations []*operation
	reached    reached

	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema // by JSON pointer
}

// operation is one method of one path.
type operation struct {
	*openapi3.Operation
	method, path string
	at           string   // JSON pointer
	codes        []string // of its problems
}

func (o *operation) String() string { return o.method + " " + o.path }

func describe() (*description, error) {
	file := []byte(docs.OpenAPI)
	d := &description{compiler: jsonschema.NewCompiler(), schemas: make(map[string]*jsonschema.Schema)}
	var err error
	if d.T, err = openapi3.NewLoader().LoadFromData(file); err != nil {
		return nil, err
	}
	var document any
	if err := yaml.Unmarshal(file, &document); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(document) // numbers as the compiler wants them
	if err != nil {
		return nil, err
	}
	if document, err = jsonschema.UnmarshalJSON(bytes.NewReader(plain)); err != nil {
		return nil, err
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", document); err != nil {
		return nil, err
	}
	for path, item := range d.Paths.Map() {
		for method, o := range item.Operations() {
			d.operations = append(d.operations, &operation{
				Operation: o, method: method, path: path, codes: texts(o.Extensions["x-codes"]),
				at: "/paths/" + escaped(path) + "/" + strings.ToLower(method),
			})
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return strings.Compare(a.String(), b.String()) })
	return d, nil
}

// escaped is a member's name in a JSON pointer.
func escaped(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// texts is a list of the document.
func texts(list any) (found []string) {
	items, _ := list.([]any)
	for _, item := range items {
		found = append(found, item.(string))
	}
	return found
}

// schema is the one at the pointer.
func (d *description) schema(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile("openapi.json#" + at)
	if err == nil {
		d.schemas[at] = s
	}
	return s, err
}

// validate holds a JSON document against the schema at the pointer.
func (d *description) validate(at string, document []byte) (any, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	return value, d.validateValue(at, value)
}

func (d *description) validateValue(at string, value any) error {
	s, err := d.schema(at)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// find is the operation that a request is for; nil: none.
func (d *description) find(method, path string) *operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, o := range d.operations {
		if o.method == method && fits(o.path, path) {
			return o
		}
	}
	return nil
}

// fits reports whether a path is one of those that a templated one means.
func fits(template, path string) bool {
	folder, _, templated := strings.Cut(template, "{")
	rest, under := strings.CutPrefix(path, folder)
	if !templated {
		return path == template
	}
	return under && rest != "" && !strings.Contains(rest, "/")
}

// response is what the document says of a status, and where; nil: nothing.
func (d *description) response(o *operation, status int) (*openapi3.Response, string) {
	ref := o.Responses.Value(fmt.Sprint(status))
	if ref == nil {
		return nil, ""
	}
	if at, shared := strings.CutPrefix(ref.Ref, "#"); shared {
		return ref.Value, at
	}
	return ref.Value, fmt.Sprintf("%s/responses/%d", o.at, status)
}

var errUndocumented = errors.New("not documented")

// checkHeaders wants each header to be documented, with the value that it has, and what is documented for every answer to be there, those
// for pages only excepted.
func (d *description) checkHeaders(got http.Header, response *openapi3.Response, at string) error {
	everywhere, _ := d.Extensions["x-headers"].(map[string]any)
	var missing []string
	for name := range everywhere {
		if got.Get(name) == "" && !strings.HasPrefix(name, "Access-Control-") {
			missing = append(missing, name)
		}
	}
	for name, ref := range response.Headers {
		if ref.Value.Required && got.Get(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("without its headers %v", missing)
	}
	for name, values := range got {
		where := ""
		if common, ok := everywhere[name].(map[string]any); ok {
			where = pointer(common["$ref"].(string), "")
		}
		for own, ref := range response.Headers {
			if http.CanonicalHeaderKey(own) == name {
				where = pointer(ref.Ref, at+"/headers/"+escaped(own))
			}
		}
		switch {
		case where == "" && slices.Contains([]string{"Content-Type", "Content-Length"}, name):
			continue
		case where == "":
			return fmt.Errorf("header %s: %w", name, errUndocumented)
		}
		if err := d.validateValue(where+"/schema", strings.Join(values, ", ")); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	return nil
}

// pointer is where a reference leads, or else where its own place is.
func pointer(ref, own string) string {
	if at, shared := strings.CutPrefix(ref, "#"); shared {
		return at
	}
	return own
}

// checkContent wants the content to be of a documented type, and to fit its schema. JSON is given parsed.
func (d *description) checkContent(kind string, body []byte, response *openapi3.Response, at string) (any, error) {
	if len(response.Content) == 0 {
		if len(body) > 0 {
			return nil, fmt.Errorf("content: %w: %.100s", errUndocumented, body)
		}
		return nil, nil
	}
	bare, _, err := mime.ParseMediaType(kind)
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", kind, err)
	}
	if response.Content[bare] == nil {
		return nil, fmt.Errorf("content type %s: %w", bare, errUndocumented)
	}
	if !strings.HasSuffix(bare, "json") {
		return nil, nil
	}
	return d.validate(at+"/content/"+escaped(bare)+"/schema", body)
}
