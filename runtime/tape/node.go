package tape

import (
	"math"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/opto-go/trace/runtime/internal/snapshot"
)

const blockNodes = 1024

// block is the part of a tape that is not written yet. Its numbers are
// first … first+len(nodes)-1, of a range that ends before limit.
type block struct {
	first, limit Ref
	nodes        []node
	in           []Ref
}

// node is 40 bytes: a value in raw form and a window of block.in.
type node struct {
	site *Site
	ptr  unsafe.Pointer // of a string's bytes, or a *text
	bits uint64
	in   uint32
	nin  uint16
	kind kind
	val  valueKind
	fn   Ref
	// within is the number of the followed call of a bundle that recorded it.
	within uint32
}

type kind uint8

const (
	kindOp kind = iota
	kindInput
	kindParam
	kindException
	kindBundle // an op whose operator is a bundle: site.Args names the inputs

	// followed marks the result of a call whose body was followed: behind the
	// inputs stand the number of the call and the node that the body made.
	followed kind = 1 << 7
)

type valueKind uint8

const (
	valNone valueKind = iota
	valBool
	valInt
	valUint
	valFloat32
	valFloat64
	valString
	valText // *text
)

// text is a snapshot taken when the node was recorded.
type text struct{ typ, val string }

// add records a node. The caller holds t.mu.
func (t *Tape) add(k kind, s *Site, in []Ref, fn Ref) (*node, Ref) {
	b := &t.blk
	if b.nodes == nil {
		b.nodes = make([]node, 0, blockNodes)
		b.in = make([]Ref, 0, 2*blockNodes)
	}
	if b.first+Ref(len(b.nodes)) == b.limit {
		t.flush()
		b.first = Ref(atomic.AddUint32(&t.prog.nextID, blockNodes)-blockNodes) + 1
		b.limit = b.first + blockNodes
	}
	at := len(b.in)
	b.in = append(b.in, in...)
	b.nodes = append(b.nodes, node{site: s, kind: k, in: uint32(at), nin: uint16(len(in)), fn: fn, within: t.frame.number()})
	t.count++
	r := b.first + Ref(len(b.nodes)-1)
	if k == kindInput || k == kindParam && s.ID == "" {
		r |= inputBit
	}
	return &b.nodes[len(b.nodes)-1], r
}

// Rec records the value v of the operator s on in. It returns 0, and records
// nothing, when no input is tracked.
func Rec[T any](t *Tape, s *Site, v T, in ...Ref) Ref {
	if !tracked(in) {
		return 0
	}
	return record(t, kindOp, s, v, in, 0)
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

func record[T any](t *Tape, k kind, s *Site, v T, in []Ref, fn Ref) Ref {
	t.mu.Lock()
	if t.folds() { // before the value is looked at
		defer t.mu.Unlock()
		return t.collapse(k, in, fn)
	}
	t.mu.Unlock()
	var n node
	encode(&n, s, &v)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.folds() {
		return t.collapse(k, in, fn)
	}
	p, r := t.add(k, s, in, fn)
	p.ptr, p.bits, p.val = n.ptr, n.bits, n.val
	return r
}

// encode keeps *v without referring to memory that the program may change.
func encode[T any](n *node, s *Site, v *T) {
	switch x := any(*v).(type) {
	case nil:
		n.val, n.ptr = valText, unsafe.Pointer(&text{"", "nil"})
	case string:
		n.str(x)
	case int:
		n.val, n.bits = valInt, uint64(x)
	case bool:
		n.bool(x)
	case float64:
		n.val, n.bits = valFloat64, math.Float64bits(x)
	case effect:
	case panicked:
		n.val, n.ptr = valText, unsafe.Pointer(&text{"", "panic"})
	default:
		n.reflect(s, x)
	}
}

func (n *node) str(s string) {
	n.val, n.bits = valString, uint64(len(s))
	n.ptr = (*[2]unsafe.Pointer)(unsafe.Pointer(&s))[0]
}

func (n *node) bool(b bool) {
	n.val = valBool
	if b {
		n.bits = 1
	}
}

func (n *node) reflect(s *Site, x any) {
	v := reflect.ValueOf(x)
	switch v.Kind() {
	case reflect.Bool:
		n.bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.val, n.bits = valInt, uint64(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n.val, n.bits = valUint, v.Uint()
	case reflect.Float32:
		n.val, n.bits = valFloat32, math.Float64bits(v.Float())
	case reflect.Float64:
		n.val, n.bits = valFloat64, math.Float64bits(v.Float())
	case reflect.String:
		n.str(v.String())
	default:
		tx := &text{typ: snapshot.TypeString(v.Type())}
		if s != nil && s.Deep {
			tx.val = snapshot.Deep(x, snapshot.Limits{})
		} else {
			tx.val = snapshot.Shallow(x, snapshot.Limits{})
		}
		n.val, n.ptr = valText, unsafe.Pointer(tx)
		return
	}
	if s != nil && s.Type == "" {
		// A scalar of a type that only the run knows: keep its name.
		tx := &text{typ: snapshot.TypeString(v.Type()), val: n.format()}
		n.val, n.ptr = valText, unsafe.Pointer(tx)
	}
}
