package train

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// docs/events.md names every field of an event, and no other.
func TestEventsDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	typ := reflect.TypeFor[event]()
	known := map[string]bool{}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		known[name] = true
		if !strings.Contains(doc, "`"+name+"`") && !strings.Contains(doc, `"`+name+`"`) {
			t.Errorf("%s is not described", name)
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\| .([a-z]+). \|.*\| (.*) \|$`).FindAllStringSubmatch(doc, -1) {
		for _, f := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(row[2], -1) {
			if !known[f[1]] {
				t.Errorf("%s: there is no field %s", row[1], f[1])
			}
		}
	}
}
