package journal

import (
	"reflect"
	"testing"
	"time"
)

// A journal has no times, so that no clock that was set can decide anything in a
// run that goes on or is replayed. Limits are settings.
func TestNoTimes(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var look func(path string, typ reflect.Type)
	look = func(path string, typ reflect.Type) {
		if typ == reflect.TypeFor[time.Time]() || typ == reflect.TypeFor[time.Duration]() {
			t.Errorf("%s is a %v", path, typ)
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			look(path, typ.Elem())
		case reflect.Map:
			look(path, typ.Key())
			look(path, typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				look(path+"."+typ.Field(i).Name, typ.Field(i).Type)
			}
		}
	}
	look("Record", reflect.TypeFor[Record]())
	if len(seen) < 20 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}
