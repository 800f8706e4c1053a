package tape

import (
	"math"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

type kind uint8

const (
	kindOp kind = iota
	kindInput
	kindParam
	kindException
	kindBundle // an op whose operator is a bundle: site.Args names the inputs
	kindNumber // no node: tells the number of the next one

	// followed marks the result of a call whose body was followed: behind the
	// inputs stand the number of the call and the node that the body made.
	followed kind = 1 << 7
)

var kindNames = [...]string{
	kindOp: tracefile.KindOp, kindInput: tracefile.KindInput, kindParam: tracefile.KindParam,
	kindException: tracefile.KindException, kindBundle: tracefile.KindOp,
}

// Rec records the value v of the operator s on in. It returns 0, and records
// nothing, when no input is tracked.
func Rec[T any](t *Tape, s *Site, v T, in ...Ref) Ref {
	if !tracked(in) {
		return 0
	}
	return t.recordAt(kindOp, s, typeWord[T](), hidden(unsafe.Pointer(&v)), in, 0)
}

// In records v as an input: a value that enters the graph from outside.
func In[T any](t *Tape, s *Site, v T) Ref {
	return record(t, kindInput, s, v, nil, 0)
}

// Node records the value of a //trace:node definition, tracked inputs or not.
func Node[T any](t *Tape, s *Site, v T, in ...Ref) Ref {
	if s.ID != "" {
		return record(t, kindParam, s, v, nil, 0)
	}
	if tracked(in) {
		return record(t, kindOp, s, v, in, 0)
	}
	return record(t, kindInput, s, v, nil, 0)
}

func tracked(in []Ref) bool {
	for _, r := range in {
		if r != 0 {
			return true
		}
	}
	return false
}

// record makes a node of v.
func record[T any](t *Tape, k kind, s *Site, v T, in []Ref, fn Ref) Ref {
	return t.recordAt(k, s, typeWord[T](), hidden(unsafe.Pointer(&v)), in, fn)
}

// hidden keeps the compiler from thinking that p is kept, so that what it points
// to need not be allocated. It is for what is read only: a cell that remembers the
// address would outlive the stack. Nothing is called while p is a number, so a stack
// does not move.
//
//go:norace
func hidden(p unsafe.Pointer) unsafe.Pointer {
	n := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&n))
}

// recordAt makes a node of the value at p, of the type behind word. What a site
// records is nearly always of one type, so the usual case is a comparison and a
// few stores.
func (t *Tape) recordAt(k kind, s *Site, word, p unsafe.Pointer, in []Ref, fn Ref) Ref {
	if r := t.spentRef(); r != 0 {
		return r
	}
	if s != nil && len(in) <= maxIn {
		h := (*hint)(atomic.LoadPointer(&s.hint))
		if h != nil && h.word == word {
			if h.form == formString {
				d := draft{place: h.num, meta: uint32(k), in: in, fn: fn}
				d.str(*(*string)(p))
				return t.putIn(&d, k, s)
			}
			bits := bitsOfForm(h.form, p, h.size)
			if k == kindOp && t.frame == nil {
				if r := t.put(h.num, uint32(valueBits)<<valueShift, bits, in); r != 0 {
					return r
				}
				return t.collapse(k, in, fn)
			}
			d := draft{place: h.num, meta: uint32(k) | uint32(valueBits)<<valueShift, bits: bits, in: in, fn: fn}
			return t.putIn(&d, k, s)
		}
	}
	return t.recordAny(k, s, word, p, in, fn)
}

// bitsOfForm reads the bits that are kept of a value.
func bitsOfForm(f form, p unsafe.Pointer, size uintptr) uint64 {
	switch f {
	case formWord:
		switch size {
		case 8:
			return *(*uint64)(p)
		case 4:
			return uint64(*(*uint32)(p))
		case 2:
			return uint64(*(*uint16)(p))
		default:
			return uint64(*(*uint8)(p))
		}
	case formSlice:
		s := (*struct {
			p unsafe.Pointer
			n int
		})(p)
		if s.p == nil {
			return 0
		}
		return uint64(s.n) + 1
	default: // formRef
		if *(*unsafe.Pointer)(p) == nil {
			return 0
		}
		return 1
	}
}

// anonymous is the site of values that nobody describes.
var anonymous = &Site{}

// recordAny is recordAt for what is not so usual.
func (t *Tape) recordAny(k kind, s *Site, word, p unsafe.Pointer, in []Ref, fn Ref) Ref {
	if s == nil {
		s = anonymous
	}
	if t.folds() { // before the value is looked at
		return t.collapse(k, in, fn)
	}
	if len(in) > maxIn {
		in = t.fewer(k, s, append([]Ref(nil), in...))
	}
	d := draft{meta: uint32(k), in: in, fn: fn}
	v := reflect.ValueOf(pointed(word, p)).Elem().Interface()
	if place := d.encode(s, v, k == kindOp && s.Deep && t.seenOften(s)); place != nil {
		place.remember(word)
	}
	return t.putIn(&d, k, s)
}

// putIn records a draft where t does: inside a call, or not.
func (t *Tape) putIn(d *draft, k kind, s *Site) Ref {
	r := Ref(0)
	if t.frame == nil {
		r = t.putDraft(d)
	} else if t.frame.fold == nil {
		d.within = t.frame.call
		r = t.putDraft(d)
	}
	if r == 0 {
		return t.collapse(k, d.in, d.fn)
	}
	if k == kindInput || k == kindParam && s.ID == "" {
		r |= inputBit
	}
	return r
}

// fewer makes nodes that stand for parts of very many inputs.
func (t *Tape) fewer(k kind, s *Site, in []Ref) []Ref {
	var extra []Ref
	if k&followed != 0 {
		in, extra = in[:len(in)-2], in[len(in)-2:]
	}
	s = s.degraded("one of several nodes for the inputs")
	for len(in) > maxIn-len(extra) {
		var next []Ref
		for len(in) > 0 {
			n := len(in)
			if n > maxIn {
				n = maxIn
			}
			if tracked(in[:n]) {
				next = append(next, record(t, kindOp, s, effect{}, in[:n], 0))
			}
			in = in[n:]
		}
		in = next
	}
	return append(in[:len(in):len(in)], extra...)
}

// maxDeep is how many values of an operator a case shows as deep as its site
// says. A loop that appends to a slice would spend its time with showing the
// first elements again and again.
const maxDeep = 200

// seenOften counts the values of s in the case.
func (t *caseTape) seenOften(s *Site) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.deep == nil {
		t.deep = map[*Site]int{}
	}
	t.deep[s]++
	return t.deep[s] > maxDeep
}

// encode keeps v in d, without referring to memory that the program may
// change, and names its place. With brief, it does not look deep into v.
func (d *draft) encode(s *Site, v any, brief bool) *place {
	switch v.(type) {
	case nil:
		d.is(valueText, "nil")
	case effect:
		d.is(valueNone, "")
	case panicked:
		d.is(valueText, "panic")
	default:
		rv := reflect.ValueOf(v)
		p := placeFor(s, rv.Type())
		d.place = p.num
		d.keep(p, rv, v, s.Deep && !brief)
		return p
	}
	d.place = placeFor(s, nil).num
	return nil
}

func (d *draft) is(k value, text string) {
	d.meta |= uint32(k) << valueShift
	d.text = text
	d.bits |= uint64(len(text))
}

func (d *draft) str(s string) {
	text := s
	if len(text) > snapshot.StringMax {
		text = text[:snapshot.StringMax]
	}
	more := uint64(len(s) - len(text))
	if more > math.MaxUint32 {
		more = math.MaxUint32
	}
	d.bits = more << 32
	d.is(valueBytes, text)
}

func (d *draft) keep(p *place, rv reflect.Value, v any, deep bool) {
	switch p.form {
	case formString:
		d.str(rv.String())
		return
	case formText:
		text := ""
		if deep {
			text = snapshot.Deep(v, snapshot.Limits{})
		} else {
			text = snapshot.Shallow(v, snapshot.Limits{})
		}
		if len(text) > maxText { // it is bounded, but not to the byte
			text = text[:maxText]
		}
		d.is(valueText, text)
		d.shown = true
		return
	}
	d.is(valueBits, "")
	switch k := rv.Kind(); {
	case k == reflect.Bool:
		if rv.Bool() {
			d.bits = 1
		}
	case k >= reflect.Int && k <= reflect.Int64:
		d.bits = uint64(rv.Int())
	case k >= reflect.Uint && k <= reflect.Uintptr:
		d.bits = rv.Uint()
	case k == reflect.Float32:
		d.bits = uint64(math.Float32bits(float32(rv.Float())))
	case k == reflect.Float64:
		d.bits = math.Float64bits(rv.Float())
	case rv.IsNil():
	case k == reflect.Slice:
		d.bits = uint64(rv.Len()) + 1
	default:
		d.bits = 1
	}
}
