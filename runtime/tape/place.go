package tape

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/opto-go/trace/runtime/internal/snapshot"
	"github.com/opto-go/trace/runtime/tracefile"
)

// A place is a site together with the type of what it records. Records name it
// by its number, so that they hold no pointers, and the part of a line that
// all its records share is encoded once.
type place struct {
	num  uint32
	site *Site
	typ  reflect.Type // nil for a nil interface and for calls without a value
	form form
	hint unsafe.Pointer // atomic: *hint

	lines [len(kindNames)]*tracefile.Form // by kind; used by who holds the sink
}

// A hint is what a site keeps of the place that it recorded at last.
type hint struct {
	word unsafe.Pointer // typeWord of what is recorded
	num  uint32
	form form
	size uintptr // of the type
}

// form tells how a value is kept.
type form uint8

const (
	formText   form = iota // as Go syntax, made when it is recorded
	formWord               // as its bits
	formString             // as the bytes that a report can show
	formRef                // only whether it is nil
	formSlice              // only its length, and whether it is nil
)

// formOf chooses how values of a type are kept at a site.
func formOf(t reflect.Type, deep bool) form {
	switch k := t.Kind(); {
	case k >= reflect.Bool && k <= reflect.Float64:
		return formWord
	case k == reflect.String:
		return formString
	case deep:
		return formText
	case k == reflect.Ptr || k == reflect.Map || k == reflect.Chan || k == reflect.Func || k == reflect.UnsafePointer:
		return formRef
	case k == reflect.Slice:
		return formSlice
	}
	return formText
}

// places are those of the process, by number.
var places struct {
	mu   sync.RWMutex
	all  []*place
	byOf map[placeOf]*place
}

type placeOf struct {
	site *Site
	typ  reflect.Type
}

// placeFor finds or makes the place of s and t.
func placeFor(s *Site, t reflect.Type) *place {
	k := placeOf{s, t}
	places.mu.RLock()
	p := places.byOf[k]
	places.mu.RUnlock()
	if p != nil {
		return p
	}
	places.mu.Lock()
	defer places.mu.Unlock()
	if p := places.byOf[k]; p != nil {
		return p
	}
	p = &place{num: uint32(len(places.all)), site: s, typ: t}
	if t != nil {
		p.form = formOf(t, s.Deep)
	}
	if places.byOf == nil {
		places.byOf = map[placeOf]*place{}
	}
	places.byOf[k] = p
	places.all = append(places.all, p)
	return p
}

// typeWord identifies T, for comparing only.
func typeWord[T any]() unsafe.Pointer {
	var p any = (*T)(nil)
	return *(*unsafe.Pointer)(unsafe.Pointer(&p))
}

// pointed gives a pointer as the type behind word has it: word is typeWord of
// what p points to. The compiler makes a copy of a function for each T that it
// is used with, so those that are generic say only this of theirs.
func pointed(word, p unsafe.Pointer) any {
	w := [2]unsafe.Pointer{word, p}
	return *(*any)(unsafe.Pointer(&w))
}

// remember makes p the place that the next record at its site, of a value of the type
// of word, finds without a look-up.
func (p *place) remember(word unsafe.Pointer) {
	if p.form == formText || p.typ != reflect.TypeOf(pointed(word, nil)).Elem() {
		return
	}
	h := atomic.LoadPointer(&p.hint)
	if h == nil {
		h = unsafe.Pointer(&hint{word, p.num, p.form, p.typ.Size()})
		atomic.StorePointer(&p.hint, h)
	}
	atomic.StorePointer(&p.site.hint, h)
}

// line gives what all records of p of a kind have in common. The caller holds
// the sink.
func (p *place) line(k kind) *tracefile.Form {
	f := p.lines[k]
	if f == nil {
		s := p.site
		n := tracefile.Node{Kind: kindNames[k], Op: s.Op, Name: s.Name, At: s.At, Src: s.Src, Type: s.Type, Degraded: s.Degraded}
		if k == kindParam {
			n.ID = s.ID
		}
		if n.Type == "" && p.typ != nil {
			n.Type = snapshot.TypeString(p.typ)
		}
		f = tracefile.NewForm(n)
		p.lines[k] = f
	}
	return f
}
