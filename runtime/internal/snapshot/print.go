package snapshot

import (
	"reflect"
	"strconv"
)

// A printer writes one snapshot.
type printer struct {
	lim      Limits
	deep     bool
	again    bool // what was to be shown at least does not fit
	ordering bool // what is written only puts keys in order
	buf      []byte
	depth    int        // composite values that are open
	path     []identity // pointers, slices and maps that are open, to see cycles
}

// identity tells references apart. Addresses are compared, never shown.
type identity struct {
	ptr uintptr
	len int
	typ reflect.Type
}

// How much of its type a value has to say for itself.
type typing int

const (
	inInterface typing = iota // nothing is known: 3 is an int, int8(3) is not
	inField                   // the static type is known, but composite literals repeat it
	inElement                 // composite literals elide it
)

func (p *printer) top(v any) {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		p.str("nil")
		return
	}
	if p.lim.Errors && p.asked(v, rv.Type()) {
		return
	}
	if k := rv.Kind(); k == reflect.Struct && rv.Type().Size() <= maxCopy {
		// With an address, fields that are not exported can be read as what
		// they are. It is that of a copy.
		c := reflect.New(rv.Type()).Elem()
		c.Set(rv)
		rv = c
	}
	p.value(rv, inInterface)
}

// maxCopy is how large a struct may be that is copied to look at it.
const maxCopy = 4 << 10

// asked writes an error as it describes itself, converted to its type. It
// reports false, having written nothing, for other values and for an error that
// panics.
func (p *printer) asked(v any, t reflect.Type) (ok bool) {
	err, is := v.(error)
	if !is {
		return false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	text := err.Error()
	name := TypeString(t)
	if t.Kind() == reflect.Ptr {
		name = "(" + name + ")"
	}
	p.str(name + "(")
	p.quote(text)
	p.str(")")
	return true
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

func (p *printer) full() bool { return len(p.buf) >= p.lim.Bytes }

// more says that n things were left out.
func (p *printer) more(n int, what string) {
	p.str("… ")
	p.buf = strconv.AppendInt(p.buf, int64(n), 10)
	p.str(" more")
	p.str(what)
}

// open enters a composite value. It refuses beyond the depth limit and on a
// cycle; only a successful open is to be closed.
func (p *printer) open(id identity) bool {
	if p.depth >= p.lim.Depth {
		return false
	}
	if id.ptr != 0 {
		for _, o := range p.path {
			if o == id {
				return false
			}
		}
	}
	p.depth++
	p.path = append(p.path, id)
	return true
}

func (p *printer) close() {
	p.depth--
	p.path = p.path[:len(p.path)-1]
}

func (p *printer) value(v reflect.Value, ty typing) {
	t := v.Type()
	if p.special(v, t, ty) {
		return
	}
	switch t.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			p.str("nil")
			return
		}
		p.value(v.Elem(), inInterface)
	case reflect.Ptr:
		p.pointer(v, ty)
	case reflect.Struct:
		p.structure(v, ty)
	case reflect.Array, reflect.Slice:
		p.list(v, ty)
	case reflect.Map:
		p.mapping(v, ty)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		p.reference(v, ty)
	default:
		p.scalar(v, ty)
	}
}

// null writes the nil value of type t.
func (p *printer) null(t reflect.Type, ty typing) {
	if ty != inInterface {
		p.str("nil")
		return
	}
	s := TypeString(t)
	switch t.Kind() {
	case reflect.Ptr, reflect.Func, reflect.Chan:
		s = "(" + s + ")"
	}
	p.str(s)
	p.str("(nil)")
}

// reference writes a value that has nothing to look at but its type.
func (p *printer) reference(v reflect.Value, ty typing) {
	t := v.Type()
	switch {
	case t.Kind() != reflect.UnsafePointer && v.IsNil():
		p.null(t, ty)
	case t.Kind() == reflect.Func && p.deep:
		p.str(TypeString(t))
		p.str(" {…}")
	case p.deep:
		p.str("(" + TypeString(t) + ")(…)")
	default:
		p.str(TypeString(t))
	}
}

func (p *printer) pointer(v reflect.Value, ty typing) {
	t := v.Type()
	if v.IsNil() {
		p.null(t, ty)
		return
	}
	if !p.deep {
		p.str(TypeString(t))
		return
	}
	elem := t.Elem()
	literal := elem.Kind() == reflect.Struct || elem.Kind() == reflect.Array ||
		elem.Kind() == reflect.Slice || elem.Kind() == reflect.Map
	// gofmt -s elides &T in elements too, but not on a defined pointer type.
	elided := literal && ty == inElement && t.Name() == ""
	if locked(elem) || opaque(elem) {
		p.pointed(elem, literal, elided, "…")
		return
	}
	if !literal {
		// A pointer to a scalar or to another pointer is a level of its own.
		if !p.open(identity{v.Pointer(), 0, t}) {
			p.str("new(…)")
			return
		}
		defer p.close()
		p.str("new(")
		p.value(v.Elem(), inInterface)
		p.str(")")
		return
	}
	for _, o := range p.path {
		if o == (identity{v.Pointer(), 0, t}) {
			p.pointed(elem, literal, elided, "… cycle")
			return
		}
	}
	// The pointer is remembered, but &T{…} is one level, not two.
	p.path = append(p.path, identity{v.Pointer(), 0, t})
	defer func() { p.path = p.path[:len(p.path)-1] }()
	if !elided {
		p.str("&")
		p.value(v.Elem(), inField)
		return
	}
	p.value(v.Elem(), inElement)
}

// pointed writes a pointer whose target is not looked into.
func (p *printer) pointed(elem reflect.Type, literal, elided bool, mark string) {
	switch {
	case elided:
		p.str("{" + mark + "}")
	case literal:
		p.str("&" + TypeString(elem) + "{" + mark + "}")
	default:
		p.str("new(" + mark + ")")
	}
}

func (p *printer) literalType(t reflect.Type, ty typing) {
	if ty != inElement {
		p.str(TypeString(t))
	}
}

func (p *printer) structure(v reflect.Value, ty typing) {
	t := v.Type()
	p.literalType(t, ty)
	names := fieldNames(t)
	n := len(names)
	if n == 0 {
		p.str("{}")
		return
	}
	if locked(t) || opaque(t) || !p.open(identity{}) {
		p.str("{…}")
		return
	}
	defer p.close()
	p.str("{")
	shown := 0
	for i, name := range names {
		if name == "_" {
			continue
		}
		if shown > 0 {
			p.str(", ")
		}
		if shown >= p.lim.Elems || p.full() {
			p.more(n-i, "")
			break
		}
		p.str(name)
		p.str(": ")
		p.value(v.Field(i), inField)
		shown++
	}
	p.str("}")
}

func (p *printer) list(v reflect.Value, ty typing) {
	t := v.Type()
	n := v.Len()
	var id identity
	if t.Kind() == reflect.Slice {
		if v.IsNil() {
			p.null(t, ty)
			return
		}
		if !p.deep {
			p.str(TypeString(t))
			p.str("(len ")
			p.buf = strconv.AppendInt(p.buf, int64(n), 10)
			p.str(")")
			return
		}
		if t.Elem().Kind() == reflect.Uint8 && p.text(v, ty) {
			return
		}
		id = identity{v.Pointer(), n, t}
	}
	p.literalType(t, ty)
	p.str("{")
	defer p.str("}")
	if n == 0 {
		return
	}
	if !p.open(id) {
		p.more(n, "")
		return
	}
	defer p.close()
	for i := 0; i < n; i++ {
		if i > 0 {
			p.str(", ")
		}
		if i >= p.lim.Elems || p.full() {
			p.more(n-i, "")
			return
		}
		p.value(v.Index(i), elementTyping(t.Elem()))
	}
}

// elementTyping tells whether the type of an element goes without saying.
func elementTyping(t reflect.Type) typing {
	if t.Kind() == reflect.Interface {
		return inInterface
	}
	return inElement
}
