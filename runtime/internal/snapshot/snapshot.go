package snapshot

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// Deep returns v as bounded Go syntax, following pointers. A pointer that
// package unsafe made of something else may lead nowhere; the program did not
// follow it, so this must not end it.
func Deep(v any, lim Limits) (text string) {
	if s, ok := basic(v); ok {
		return s
	}
	lim = lim.withDefaults()
	p := newPrinter(lim)
	defer p.free()
	p.deep = true
	fault := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(fault)
		if e := recover(); e != nil {
			if !leadsNowhere(e) {
				panic(e)
			}
			text = string(append(p.buf, "…"...))
			if len(text) > lim.Bytes {
				text = "…"
			}
		}
	}()
	return p.within(v)
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
	p := newPrinter(lim.withDefaults())
	defer p.free()
	p.lim.Depth = 1
	return p.within(v)
}

// printers are those that nobody uses, with the memory that they have.
var printers = sync.Pool{New: func() any { return new(printer) }}

func newPrinter(lim Limits) *printer {
	p := printers.Get().(*printer)
	*p = printer{lim: lim, buf: p.buf[:0], path: p.path[:0]}
	return p
}

func (p *printer) free() { printers.Put(p) }

// within writes v so that the text keeps to its length. Marks and closing braces
// come on top of what fills the room, so it may take a second try with less.
func (p *printer) within(v any) string {
	most := p.lim.Bytes
	for p.lim.Bytes > 0 {
		p.buf = p.buf[:0]
		p.top(v)
		over := len(p.buf) - most
		if over <= 0 {
			return string(p.buf)
		}
		p.lim.Bytes -= over
		p.again = true
	}
	// Not even the outermost type has room.
	return "…"
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
