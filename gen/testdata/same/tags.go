package tags

import (
	"encoding/json"
	"fmt"
)

// Main shows types whose fields have tags.
func Main() {
	fmt.Println(listed(3), named(map[string][]*struct {
		N int `json:"n"`
	}{"a": {{1}}}), inner(1))
}

func text(v any) string {
	b, err := json.Marshal(v)
	return fmt.Sprint(string(b), err)
}

func listed(n int) string {
	return text([]struct {
		Name string `json:"name"`
		Size *int   "json:\"size\""
	}{
		{Name: "a", Size: &n},
		{"b", nil},
	})
}

func named(m map[string][]*struct {
	N int `json:"n"`
}) string {
	return text(m)
}

type base struct{ N int }

func inner(n int) string {
	f := func(v struct {
		base `json:"base"`
		Sub  struct{ S string } `json:"sub"`
	}) (r *struct {
		V any `json:"v"`
	}) {
		return &struct {
			V any `json:"v"`
		}{v.Sub.S + text(v)}
	}
	return text(f(struct {
		base `json:"base"`
		Sub  struct{ S string } `json:"sub"`
	}{base{n}, struct{ S string }{"s"}}))
}
