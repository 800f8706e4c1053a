package tape

import (
	"reflect"
	"unsafe"
)

// What a call that is not followed gives may hold what it was given, as a
// bufio.Writer holds the buffer behind it: what changes the one later may change
// the other.

// What one value is known to hold, how deep, and for how many values: those that
// were made last. What is remembered is kept alive.
const (
	maxHeld      = 8
	maxHeldDepth = 4
	maxHolders   = 1 << 12
)

// holders remembers what values hold.
type holders struct {
	held map[unsafe.Pointer][]any
	last []unsafe.Pointer // a ring, if it is full
	next int
}

// set remembers what p holds. It may forget what another value does.
func (h *holders) set(p unsafe.Pointer, list []any) {
	if h.held == nil {
		h.held = map[unsafe.Pointer][]any{}
	}
	if _, known := h.held[p]; !known {
		if len(h.last) < maxHolders {
			h.last = append(h.last, p)
		} else {
			delete(h.held, h.last[h.next])
			h.last[h.next] = p
			h.next = (h.next + 1) % maxHolders
		}
	}
	h.held[p] = list
}

// heldSite describes what something held came from before and comes from now.
var heldSite = &Site{Src: "…", Degraded: "may be changed by a call on what holds it"}

// Holding stands around a call that is not followed and was given inner.
func Holding[R any](t *Tape, v R, inner ...any) R {
	HoldAfter(t, v, inner...)
	return v
}

// HoldAfter is Holding for a call with several results, behind it.
func HoldAfter[R any](t *Tape, v R, inner ...any) {
	p, _, ok := touched(reflect.ValueOf(any(v)))
	if !ok || t.Spent() {
		return
	}
	t.mu.Lock()
	list := t.holds.held[p]
	for _, in := range inner {
		q, _, ok := touched(reflect.ValueOf(in))
		if ok && q != p && len(list) < maxHeld && !has(list, in) {
			list = append(list, in)
		}
	}
	if len(list) > 0 && !t.ended {
		t.holds.set(p, list)
	}
	t.mu.Unlock()
}

func has(list []any, v any) bool {
	for _, h := range list {
		if words(h) == words(v) {
			return true
		}
	}
	return false
}

// heldBy lists what the value at p is known to hold.
func (t *caseTape) heldBy(p unsafe.Pointer) []any {
	for c := t; c != nil; c = c.outer() {
		c.mu.Lock()
		list := c.holds.held[p]
		c.mu.Unlock()
		if len(list) > 0 {
			return list
		}
	}
	return nil
}
