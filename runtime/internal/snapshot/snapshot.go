package snapshot

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Limits bounds a snapshot. The zero value of a field means its default.
type Limits struct {
	Depth int // composite values within each other; 0: 4
	Elems int // elements or fields shown of each composite value; 0: 32
	// Bytes is where the text stops; 0: 600. The marks that say what was left
	// out, closing braces and one type name may come on top of it.
	Bytes int
}

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = 4
	}
	if l.Elems <= 0 {
		l.Elems = 32
	}
	if l.Bytes <= 0 {
		l.Bytes = 600
	}
	return l
}

// Deep returns v as bounded Go syntax, following pointers. A pointer that
// package unsafe made of something else may lead nowhere; the program did not
// follow it, so this must not end it.
func Deep(v any, lim Limits) (text string) {
	if s, ok := basic(v); ok {
		return s
	}
	p := &printer{lim: lim.withDefaults(), deep: true}
	fault := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(fault)
		if e := recover(); e != nil {
			if !leadsNowhere(e) {
				panic(e)
			}
			text = string(append(p.buf, "…"...))
		}
	}()
	p.top(v)
	return string(p.buf)
}

// leadsNowhere reports whether a panic is about a pointer that is none.
func leadsNowhere(e any) bool {
	switch e := e.(type) {
	case runtime.Error:
		_, fault := e.(interface{ Addr() uintptr })
		return fault || strings.Contains(e.Error(), "invalid memory address")
	case string:
		return strings.Contains(e, "invalid notinheap pointer") // of package reflect
	}
	return false
}

// Shallow returns what v itself holds, without following anything that could
// be shared with other goroutines: scalars and strings in full (bounded),
// structs and arrays by value for one level; pointers, maps, channels and
// functions only as their type, slices as their type and length. It costs
// little and never races, so it may be used on every operator.
func Shallow(v any, lim Limits) string {
	if s, ok := basic(v); ok {
		return s
	}
	p := &printer{lim: lim.withDefaults()}
	p.lim.Depth = 1
	p.top(v)
	return string(p.buf)
}

// basic is a short cut for the most frequent values. Strings are not among
// them because they need bounding.
func basic(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "nil", true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case float64:
		return string(AppendFloat(nil, v, 64)), true
	}
	return "", false
}

// Immutable reports whether values of type t can be kept as they are: nothing
// that the program does later changes what they show.
func Immutable(t reflect.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	}
	return false
}
