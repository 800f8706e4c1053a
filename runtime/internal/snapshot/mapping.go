package snapshot

import (
	"reflect"
	"sort"
)

// Which keys come first is only known when all were seen. Beyond these sizes a
// map is shown by its length alone, which is as deterministic and costs nothing:
// a program may show its tables many times.
const (
	maxSorted   = 512 // keys with an order of their own
	maxRendered = 64  // keys that are ordered by what they and their values look like
)

type entry struct {
	key, val reflect.Value
	text     string // rendered, only for keys without an order
}

func (p *printer) mapping(v reflect.Value, ty typing) {
	t := v.Type()
	if v.IsNil() {
		p.null(t, ty)
		return
	}
	if !p.deep {
		p.str(TypeString(t))
		return
	}
	p.literalType(t, ty)
	p.str("{")
	defer p.str("}")
	n := v.Len()
	if n == 0 {
		return
	}
	total := ordered(t.Key(), 0)
	if n > maxSorted || !total && (n > maxRendered || p.ordering) || !p.open(identity{v.Pointer(), n, t}) {
		p.more(n, "")
		return
	}
	defer p.close()
	entries, order := p.first(v, total)
	for i, at := range order {
		e := entries[at]
		if i > 0 {
			p.str(", ")
		}
		if p.full() {
			p.more(n-i, "")
			return
		}
		p.value(e.key, elementTyping(t.Key()))
		p.str(": ")
		p.value(e.val, elementTyping(t.Elem()))
	}
	if left := n - len(entries); left > 0 {
		p.str(", ")
		p.more(left, "")
	}
}

// first gives the entries of a map that are shown, and their order. What moves while
// they are found are numbers: entries are large, and hold pointers.
func (p *printer) first(v reflect.Value, total bool) (entries []entry, order []int) {
	var next entry // a key that is only looked at, as most are of a large map
	if total && v.CanInterface() {
		next.key = reflect.New(v.Type().Key()).Elem()
	}
	for it := v.MapRange(); it.Next(); {
		slot := len(entries)
		full := slot == p.lim.Elems
		if full && next.key.IsValid() {
			next.key.SetIterKey(it)
			if !next.before(&entries[order[slot-1]]) {
				continue
			}
		}
		e := entry{key: it.Key()}
		if !total {
			e.text = p.preview(e.key) + ": " + p.preview(it.Value())
		}
		if full {
			slot = order[slot-1] // of the last, which goes
			if !e.before(&entries[slot]) {
				continue
			}
			entries[slot] = e
		} else {
			entries, order = append(entries, e), append(order, slot)
		}
		entries[slot].val = it.Value()
		last := len(order) - 1
		at := sort.Search(last, func(i int) bool { return e.before(&entries[order[i]]) })
		copy(order[at+1:], order[at:last])
		order[at] = slot
	}
	return entries, order
}

func (e *entry) before(f *entry) bool {
	if c := compare(e.key, f.key); c != 0 {
		return c < 0
	}
	return e.text < f.text
}

// preview renders a key or value for ordering. Maps in it that would need previews
// of their own are shown by their lengths: a key may lead back to its map.
func (p *printer) preview(v reflect.Value) string {
	q := &printer{lim: Limits{Depth: 2, Elems: 8, Bytes: 120}, deep: true, ordering: true}
	q.value(v, inInterface)
	return string(q.buf)
}

// ordered reports whether two different keys of type t never compare equal.
// NaNs, pointers and channels do.
func ordered(t reflect.Type, depth int) bool {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128,
		reflect.Interface, reflect.Ptr, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return false
	case reflect.Array:
		return depth < 8 && t.Len() < 64 && ordered(t.Elem(), depth+1)
	case reflect.Struct:
		if depth >= 8 || locked(t) || opaque(t) {
			return false
		}
		for i := 0; i < t.NumField(); i++ {
			if !ordered(t.Field(i).Type, depth+1) {
				return false
			}
		}
	}
	return true
}

// compare orders two keys of one type by their contents, never by address.
func compare(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.Bool:
		return less(!a.Bool() && b.Bool(), a.Bool() && !b.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return less(a.Int() < b.Int(), a.Int() > b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return less(a.Uint() < b.Uint(), a.Uint() > b.Uint())
	case reflect.Float32, reflect.Float64:
		return compareFloat(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		if c := compareFloat(real(a.Complex()), real(b.Complex())); c != 0 {
			return c
		}
		return compareFloat(imag(a.Complex()), imag(b.Complex()))
	case reflect.String:
		return less(a.String() < b.String(), a.String() > b.String())
	case reflect.Array:
		for i := 0; i < a.Len(); i++ {
			if c := compare(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
	case reflect.Struct:
		if locked(a.Type()) || opaque(a.Type()) {
			return 0
		}
		for i := 0; i < a.NumField(); i++ {
			if c := compare(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return less(a.IsNil() && !b.IsNil(), !a.IsNil() && b.IsNil())
		}
		x, y := a.Elem(), b.Elem()
		if x.Type() != y.Type() {
			s, t := TypeString(x.Type()), TypeString(y.Type())
			return less(s < t, s > t)
		}
		return compare(x, y)
	}
	return 0
}

// compareFloat orders NaN before everything else.
func compareFloat(a, b float64) int {
	switch {
	case a != a && b != b:
		return 0
	case a != a:
		return -1
	case b != b:
		return 1
	}
	return less(a < b, a > b)
}

func less(less, greater bool) int {
	switch {
	case less:
		return -1
	case greater:
		return 1
	}
	return 0
}
