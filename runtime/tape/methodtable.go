package tape

import "unsafe"

// methods holds the twins of methods that calls through interfaces may reach.
var methods methodTable

// methodKey names a method of a dynamic type. The method goes by a number, which the
// rewriting makes of its name: calls look it up, and text takes longer to look up.
type methodKey struct {
	typ unsafe.Pointer // nil for none
	id  uint64
}

// typeOf identifies the dynamic type of x.
func typeOf(x any) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&x))[0] }

// method finds the twin of a method of the value in x.
func method(x any, id uint64) any { return methods.find(methodKey{typeOf(x), id}) }

// A methodTable is a hash table with open addressing. It is complete when the
// initialisers of the program have run. Every call through an interface looks
// there, and mostly it takes one comparison.
type methodTable struct {
	slots []methodSlot // a power of two, at most half of them used
	shift uint         // of a hash, to an index
	used  int
}

// A methodSlot is empty if its key has no type.
type methodSlot struct {
	key  methodKey
	twin any
}

// slot is the one of k, or where it belongs.
func (m *methodTable) slot(k methodKey) *methodSlot {
	for i := int((k.id ^ uint64(uintptr(k.typ))) * golden >> m.shift); ; i++ {
		s := &m.slots[i&(len(m.slots)-1)]
		if s.key == k || s.key.typ == nil {
			return s
		}
	}
}

// find gives the twin of k, nil if it has none.
func (m *methodTable) find(k methodKey) any {
	if len(m.slots) == 0 {
		return nil
	}
	return m.slot(k).twin
}

func (m *methodTable) set(k methodKey, twin any) {
	if 2*m.used >= len(m.slots) {
		m.grow()
	}
	s := m.slot(k)
	if s.key.typ == nil {
		m.used++
	}
	*s = methodSlot{k, twin}
}

func (m *methodTable) grow() {
	old := m.slots
	if old == nil {
		m.shift = 64 - 5
	}
	m.shift--
	m.slots = make([]methodSlot, 1<<(64-m.shift))
	for _, s := range old {
		if s.key.typ != nil {
			*m.slot(s.key) = s
		}
	}
}
