package httpapi_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/door"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
)

var update = flag.Bool("update", false, "write the table of codes in docs/openapi.yaml anew")

// The document is one, and so are its examples.
func TestDocumentIsOpenAPI(t *testing.T) {
	d := openapi()
	require.NoError(t, d.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation()))
	for name := range d.Components.Schemas {
		s, err := d.schema("/components/schemas/" + name)
		require.NoError(t, err)
		require.NotNil(t, s)
	}
	for _, o := range d.operations {
		for side, schema := range o.socket() {
			if side != "closes" {
				_, err := d.schema(strings.TrimPrefix(schema.(map[string]any)["$ref"].(string), "#"))
				require.NoError(t, err)
			}
		}
	}
}

// securities are what the document says of who may call.
var securities = map[door.Access][]string{
	door.Callers:     {"origin", "session", "token"},
	door.TokenOnly:   {"session", "token"},
	door.TokenItself: {"token"},
	door.OwnPage:     {"ownPage"},
	door.Anyone:      {"", "origin", "session", "token"},
	door.AnyOrigin:   {"", "origin", "session", "token"},
}

// Each route is documented, with who may call, and each operation is routed.
func TestRoutesAreDocumented(t *testing.T) {
	d := openapi()
	routed := make(map[string]bool)
	for _, r := range httpapi.Routes() {
		path := strings.TrimSuffix(r.Path, "{$}")
		name := r.Method + " " + path
		routed[name] = true
		o := d.find(r.Method, path)
		require.NotNil(t, o, name)
		require.Equal(t, path, o.path)
		security := o.Security
		if security == nil {
			security = &d.Security
		}
		var schemes []string
		for _, one := range *security {
			schemes = append(schemes, strings.Join(slices.Collect(maps.Keys(one)), "+"))
		}
		if o.socket() != nil {
			require.Contains(t, schemes, "subprotocol", name)
			schemes = slices.DeleteFunc(schemes, func(s string) bool { return s == "subprotocol" })
		}
		slices.Sort(schemes)
		want := securities[r.Access]
		if name == "DELETE /v1/console/session" { // the token comes in, and has no session to end
			want = []string{"session"}
		}
		require.Equal(t, want, schemes, name)
	}
	for _, o := range d.operations {
		require.True(t, routed[o.String()], o)
	}
}

// Each operation says what an author of counter software wants to know: in both languages where it is short.
func TestOperationsAreDescribed(t *testing.T) {
	d := openapi()
	ids := make(map[string]bool)
	for _, o := range d.operations {
		t.Run(o.String(), func(t *testing.T) {
			require.Regexp(t, `^[^\p{Han}]*(38号文)?[^\p{Han}]* · .*\p{Han}`, o.Summary)
			require.NotEmpty(t, o.Description)
			require.NotEmpty(t, o.Tags)
			require.NotNil(t, d.T.Tags.Get(o.Tags[0]))
			require.False(t, ids[o.OperationID], "operationId")
			ids[o.OperationID] = true
			require.NotEmpty(t, o.codes)
			table := d.enum("Problem", "code")
			for _, code := range o.codes {
				require.Contains(t, table, code)
				if !slices.Contains([]string{"request.invalid", "timeout"}, code) { // which have statuses besides that of the table
					require.NotNil(t, o.Responses.Value(fmt.Sprint(apitype.Code(code).Entry().HTTP)), code)
				}
			}
			if o.RequestBody != nil {
				requireExample(t, o.RequestBody.Value.Content)
			}
			for status, response := range o.Responses.Map() {
				if status == "200" {
					requireExample(t, response.Value.Content)
				}
			}
			for _, p := range o.Parameters {
				require.NotEmpty(t, p.Value.Description, p.Value.Name)
				require.NotNil(t, p.Value.Example, p.Value.Name)
			}
		})
	}
}

func requireExample(t *testing.T, content openapi3.Content) {
	t.Helper()
	if document := content["application/json"]; document != nil {
		require.True(t, document.Example != nil || len(document.Examples) > 0, "no example")
	}
}

// Every member of every schema is described, there or where it refers to, and no object has members that are not.
func TestMembersAreDescribed(t *testing.T) {
	open := []string{"NamedCall", "ListedCall", "Nothing"}
	for name, ref := range openapi().Components.Schemas {
		s := ref.Value
		require.NotEmpty(t, s.Description, name)
		for member, property := range s.Properties {
			require.NotEmpty(t, property.Value.Description, "%s.%s", name, member)
		}
		if s.Type.Is("object") && !slices.Contains(open, name) {
			closed := s.AdditionalProperties
			require.True(t, closed.Schema != nil || closed.Has != nil && !*closed.Has, "%s has additionalProperties", name)
		}
		for _, member := range s.Required {
			require.Contains(t, s.Properties, member, name)
		}
	}
}

// A code is a problem of some operation, or is said to stand elsewhere.
func TestCodesHaveAPlace(t *testing.T) {
	d := openapi()
	problems := make(map[string]bool)
	for _, o := range d.operations {
		for _, code := range o.codes {
			problems[code] = true
		}
	}
	for _, e := range apitype.Entries() {
		_, elsewhere := d.elsewhere()[string(e.Code)]
		require.NotEqual(t, problems[string(e.Code)], elsewhere, e.Code)
	}
}

const openapiFile = "../../docs/openapi.yaml"

var codesPart = regexp.MustCompile(`(?s)(      # codes: from [^\n]*\n)(.*?)(      # codes: end\n)`)

// The table of codes in the document is that of apitype. With -update it is written.
func TestCodesAreThoseOfTheTable(t *testing.T) {
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	var names, rows strings.Builder
	for _, e := range apitype.Entries() {
		fmt.Fprintf(&names, "        - %s\n", e.Code)
		fmt.Fprintf(&rows, "        - code: %s\n          http: %d\n          exit: %d\n          function: %d\n          retryable: %t\n", e.Code, e.HTTP, e.Exit, e.Function, e.Retryable)
		fmt.Fprintf(&rows, "          title: {zh: %s, en: %s}\n", quoted(e.Title.ZH), quoted(e.Title.EN))
		fmt.Fprintf(&rows, "          hint:\n            zh: %s\n            en: %s\n", quoted(e.Hint.ZH), quoted(e.Hint.EN))
	}
	want := "      enum:\n" + names.String() + "      x-codes:\n" + rows.String()
	file, err := os.ReadFile(openapiFile)
	require.NoError(t, err)
	part := codesPart.FindSubmatchIndex(file)
	require.NotNil(t, part, "the comments before and behind the table")
	const begin, end = 4, 5
	if *update {
		file = slices.Concat(file[:part[begin]], []byte(want), file[part[end]:])
		require.NoError(t, os.WriteFile(openapiFile, file, 0o644))
		return
	}
	require.Equal(t, want, string(file[part[begin]:part[end]]), "run the test with -update")
}

// The functions, their order and their parameters are those that there are.
func TestFunctionsAreDocumented(t *testing.T) {
	d := openapi()
	var names []any
	documented := d.find("POST", "/v1/functions/iReadCardBas").Extensions["x-functions"].(map[string]any)
	for _, f := range function.Functions() {
		names = append(names, f.Name)
		require.Equal(t, f.Params, texts(documented[f.Name]), f.Name)
	}
	require.Len(t, documented, len(names))
	require.Equal(t, names, d.Components.Schemas["FunctionName"].Value.Enum)
	require.Equal(t, members(reflect.TypeFor[function.Params]()), properties(d, "FunctionParams"))
}

// wire are the types of apitype that stand in the document under their own names, and where one is several schemas, those.
var wire = map[reflect.Type][]string{
	reflect.TypeFor[apitype.Event]():          {"SnapshotEvent", "ResumedEvent", "HeartbeatEvent", "ServiceEvent", "ReaderEvent", "CardEvent"},
	reflect.TypeFor[apitype.FunctionResult](): {"FunctionResult"},
}

// The members of each document are those of its type, and which of them may be absent is as the type has it.
func TestMembersAreThoseOfTheTypes(t *testing.T) {
	d := openapi()
	types := []reflect.Type{
		reflect.TypeFor[apitype.ReadDocument](), reflect.TypeFor[apitype.ReadRequest](), reflect.TypeFor[apitype.PendingRead](),
		reflect.TypeFor[apitype.FinishRead](), reflect.TypeFor[apitype.VerifyRequest](), reflect.TypeFor[apitype.Verification](),
		reflect.TypeFor[apitype.PINPrompts](), reflect.TypeFor[apitype.PINAnswer](), reflect.TypeFor[apitype.Readers](),
		reflect.TypeFor[apitype.Version](), reflect.TypeFor[apitype.Problem](), reflect.TypeFor[apitype.AuditTail](),
		reflect.TypeFor[apitype.Event](), reflect.TypeFor[apitype.FunctionResult](), reflect.TypeFor[apitype.Health](),
		reflect.TypeFor[apitype.Origins](), reflect.TypeFor[apitype.AllowOrigin](), reflect.TypeFor[apitype.DenyOrigin](),
		reflect.TypeFor[apitype.Reloaded](), reflect.TypeFor[apitype.Words](), reflect.TypeFor[apitype.LogTail](),
		reflect.TypeFor[apitype.ConsoleCode](), reflect.TypeFor[apitype.OpenConsole](), reflect.TypeFor[apitype.ConsoleSession](),
		reflect.TypeFor[apitype.Probe](), reflect.TypeFor[apitype.TraceState](), reflect.TypeFor[apitype.StartTrace](), reflect.TypeFor[apitype.Trace](),
		reflect.TypeFor[apitype.DoctorReport](), reflect.TypeFor[apitype.DoctorProgress](),
	}
	seen := make(map[reflect.Type]bool)
	for len(types) > 0 {
		typ := types[0]
		types = types[1:]
		if seen[typ] || typ.PkgPath() != reflect.TypeFor[apitype.Problem]().PkgPath() || typ.Kind() != reflect.Struct || typ == reflect.TypeFor[apitype.Field]() {
			continue
		}
		seen[typ] = true
		names := wire[typ]
		if names == nil {
			names = []string{typ.Name()}
		}
		all := make(map[string]bool)
		for _, name := range names {
			for member, required := range properties(d, name) {
				before, had := all[member]
				all[member] = required && (before || !had) && len(names) == 1
			}
		}
		want := members(typ)
		if len(names) > 1 { // which member has which is checked by the messages
			for member := range want {
				want[member] = false
			}
		}
		if typ == reflect.TypeFor[apitype.Problem]() {
			want["request_id"] = true // each answer has it; the problem in health has a schema of its own
		}
		require.Equal(t, want, all, typ)
		for i := range typ.NumField() {
			inner := typ.Field(i).Type
			for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
				inner = inner.Elem()
			}
			types = append(types, inner)
		}
	}
	require.Greater(t, len(seen), 25)
}

// members are those of a type in JSON, and whether each is always there.
func members(typ reflect.Type) map[string]bool {
	list := make(map[string]bool)
	for i := range typ.NumField() {
		name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		list[name] = !strings.Contains(options, "omit")
	}
	return list
}

// properties are those of a schema, and whether each is required.
func properties(d *description, name string) map[string]bool {
	list := make(map[string]bool)
	ref := d.Components.Schemas[name]
	if ref == nil {
		return nil
	}
	for member := range ref.Value.Properties {
		list[member] = slices.Contains(ref.Value.Required, member)
	}
	return list
}
