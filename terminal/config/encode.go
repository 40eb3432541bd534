package config

import (
	"reflect"

	yamlv3 "go.yaml.in/yaml/v3"
)

// Encode is the configuration as [Load] reads it, with every value that holds, in the order of the documentation.
// Lists that nothing was said of are left out: without the key there is no limit where an empty list allows nothing.
func Encode(c Config) []byte {
	text, err := yamlv3.Marshal(node(reflect.ValueOf(c)))
	if err != nil {
		panic(err) // structures, lists, texts, numbers and truths
	}
	return text
}

func node(v reflect.Value) *yamlv3.Node {
	switch v.Kind() {
	case reflect.Struct:
		return mapping(v)
	case reflect.Slice:
		list := &yamlv3.Node{Kind: yamlv3.SequenceNode}
		for i := range v.Len() {
			list.Content = append(list.Content, node(v.Index(i)))
		}
		return list
	}
	scalar := &yamlv3.Node{}
	if err := scalar.Encode(v.Interface()); err != nil {
		panic(err)
	}
	return scalar
}

func mapping(v reflect.Value) *yamlv3.Node {
	m := &yamlv3.Node{Kind: yamlv3.MappingNode}
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("koanf")
		if key == "-" || v.Field(i).Kind() == reflect.Slice && v.Field(i).IsNil() {
			continue
		}
		m.Content = append(m.Content, &yamlv3.Node{Kind: yamlv3.ScalarNode, Value: key}, node(v.Field(i)))
	}
	return m
}
