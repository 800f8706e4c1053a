package tape

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// What a call that is not followed gives may hold what it was given, as a
// bufio.Writer holds the buffer behind it: what changes the one later may change
// the other.

// maxHeld bounds what one value is known to hold, and how deep.
const (
	maxHeld      = 8
	maxHeldDepth = 4
)

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
	n := len(t.held)
	list := t.held[p]
	for _, in := range inner {
		q, _, ok := touched(reflect.ValueOf(in))
		if ok && q != p && len(list) < maxHeld && !has(list, in) {
			list = append(list, in)
		}
	}
	if len(list) > 0 && !t.ended {
		if t.held == nil {
			t.held = map[unsafe.Pointer][]any{}
		}
		t.held[p] = list
	}
	fresh := len(t.held) > n
	t.mu.Unlock()
	if fresh && int(atomic.AddInt32(&t.ncells, 1)) >= maxCells {
		t.spend(tooFull)
	}
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
		list := c.held[p]
		c.mu.Unlock()
		if len(list) > 0 {
			return list
		}
	}
	return nil
}
