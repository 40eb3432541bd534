package config

import "reflect"

// Changed are the keys that have other values in b than in a: "listen", "log.level". Of lists it is the whole list.
func Changed(a, b Config) []string {
	return changed("", reflect.ValueOf(a), reflect.ValueOf(b))
}

func changed(key string, a, b reflect.Value) (keys []string) {
	if a.Kind() != reflect.Struct {
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			keys = append(keys, key)
		}
		return keys
	}
	for i := range a.NumField() {
		name := a.Type().Field(i).Tag.Get("koanf")
		if name == "-" {
			continue
		}
		if key != "" {
			name = key + "." + name
		}
		keys = append(keys, changed(name, a.Field(i), b.Field(i))...)
	}
	return keys
}
