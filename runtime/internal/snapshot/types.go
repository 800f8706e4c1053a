package snapshot

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxType bounds the text of a type.
const maxType = 120

// TypeString returns t as it is written in Go, qualified by package names
// (not import paths) and bounded. The nil type is "nil".
func TypeString(t reflect.Type) string {
	if t == nil {
		return "nil"
	}
	if t.Name() != "" && t.PkgPath() == "" {
		return t.Name() // predeclared: the usual case
	}
	if s, ok := typeStrings.Load(t); ok {
		return s.(string)
	}
	s := string(appendType(nil, t, 0))
	if len(s) > maxType {
		n := maxType
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	typeStrings.Store(t, s)
	return s
}

var typeStrings sync.Map // reflect.Type → string; bounded by the types of the program

func appendType(b []byte, t reflect.Type, depth int) []byte {
	if t.Name() != "" {
		return append(b, shortName(t.String())...)
	}
	if depth > 16 || len(b) > maxType {
		return append(b, "…"...)
	}
	switch t.Kind() {
	case reflect.Ptr:
		return appendType(append(b, '*'), t.Elem(), depth+1)
	case reflect.Slice:
		return appendElem(append(b, "[]"...), t.Elem(), depth+1)
	case reflect.Array:
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(t.Len()), 10)
		return appendElem(append(b, ']'), t.Elem(), depth+1)
	case reflect.Map:
		b = appendType(append(b, "map["...), t.Key(), depth+1)
		return appendType(append(b, ']'), t.Elem(), depth+1)
	case reflect.Chan:
		switch t.ChanDir() {
		case reflect.RecvDir:
			b = append(b, "<-chan "...)
		case reflect.SendDir:
			b = append(b, "chan<- "...)
		default:
			b = append(b, "chan "...)
		}
		return appendType(b, t.Elem(), depth+1)
	case reflect.Func:
		return appendSignature(append(b, "func"...), t, depth+1)
	case reflect.Struct:
		b = append(b, "struct{"...)
		for i := 0; i < t.NumField() && len(b) <= maxType; i++ {
			if i > 0 {
				b = append(b, "; "...)
			}
			if f := t.Field(i); !f.Anonymous {
				b = append(append(b, f.Name...), ' ')
			}
			b = appendType(b, t.Field(i).Type, depth+1)
		}
		return append(b, '}')
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return append(b, "any"...)
		}
		b = append(b, "interface{"...)
		for i := 0; i < t.NumMethod() && len(b) <= maxType; i++ {
			if i > 0 {
				b = append(b, "; "...)
			}
			b = append(b, t.Method(i).Name...)
			b = appendSignature(b, t.Method(i).Type, depth+1)
		}
		return append(b, '}')
	}
	return append(b, shortName(t.String())...)
}

// appendElem writes byte for uint8, as people do in []byte.
func appendElem(b []byte, t reflect.Type, depth int) []byte {
	if t == reflect.TypeOf(byte(0)) {
		return append(b, "byte"...)
	}
	return appendType(b, t, depth)
}

func appendSignature(b []byte, t reflect.Type, depth int) []byte {
	b = append(b, '(')
	for i := 0; i < t.NumIn() && len(b) <= maxType; i++ {
		if i > 0 {
			b = append(b, ", "...)
		}
		if t.IsVariadic() && i == t.NumIn()-1 {
			b = appendType(append(b, "..."...), t.In(i).Elem(), depth)
			continue
		}
		b = appendType(b, t.In(i), depth)
	}
	b = append(b, ')')
	switch t.NumOut() {
	case 0:
		return b
	case 1:
		return appendType(append(b, ' '), t.Out(0), depth)
	}
	b = append(b, " ("...)
	for i := 0; i < t.NumOut() && len(b) <= maxType; i++ {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendType(b, t.Out(i), depth)
	}
	return append(b, ')')
}

// shortName removes import paths and the marks of local types from the type
// arguments of a reflect type name: p.Pair[example.com/m.T·1] → p.Pair[m.T].
func shortName(s string) string {
	if !strings.ContainsAny(s, "/·") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && !strings.ContainsRune("[]{}(),;* ", rune(s[j])) {
			j++
		}
		word := s[i:j]
		if k := strings.LastIndexByte(word, '/'); k >= 0 {
			word = word[k+1:]
		}
		if k := strings.Index(word, "·"); k >= 0 {
			word = word[:k]
		}
		b.WriteString(word)
		if j < len(s) {
			b.WriteByte(s[j])
			j++
		}
		i = j
	}
	return b.String()
}

// fieldNames lists the fields of a struct type. Asking reflect for them each
// time costs more than printing them.
func fieldNames(t reflect.Type) []string {
	if l, ok := structFields.Load(t); ok {
		return l.([]string)
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Name
	}
	structFields.Store(t, names)
	return names
}

var structFields sync.Map // reflect.Type → []string

// opaque reports types whose fields say nothing to a reader or stand for
// machine addresses.
func opaque(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	switch t.PkgPath() {
	case "reflect", "runtime", "unsafe", "unique", "weak":
		return true
	case "time":
		return t.Name() != "Month" // clocks and zones, not what they mean
	}
	return strings.HasPrefix(t.PkgPath(), "internal/") || strings.HasPrefix(t.PkgPath(), "runtime/")
}

// locked reports whether reading a value of type t could race with a program
// that guards it properly: it is or contains, by value, a type of package sync
// or sync/atomic or one with Lock and Unlock methods, or it is a struct that
// keeps a pointer to such a guard, or a channel, beside its data: a goroutine
// that serves the channel may own the rest.
func locked(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Array:
	default:
		return isGuard(t)
	}
	if l, ok := lockedTypes.Load(t); ok {
		return l.(bool)
	}
	l := findLock(t)
	lockedTypes.Store(t, l)
	return l
}

var lockedTypes sync.Map // reflect.Type → bool

// findLock ends because a type cannot contain itself by value.
func findLock(t reflect.Type) bool {
	if isGuard(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Array:
		return locked(t.Elem())
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i).Type
			if locked(f) || f.Kind() == reflect.Ptr && isGuard(f.Elem()) || f == lockerType || f.Kind() == reflect.Chan {
				return true
			}
		}
	}
	return false
}

var lockerType = reflect.TypeOf((*sync.Locker)(nil)).Elem()

func isGuard(t reflect.Type) bool {
	if t.Name() == "" || t.Kind() == reflect.Interface {
		return false
	}
	switch t.PkgPath() {
	case "sync", "sync/atomic", "internal/sync":
		return true
	case "":
		return false
	}
	// vet's copylocks goes by the same methods.
	return t.Name() == "noCopy" || reflect.PointerTo(t).Implements(lockerType) && !t.Implements(lockerType)
}
