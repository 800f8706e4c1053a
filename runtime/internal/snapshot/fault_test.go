//go:build !race

// The race detector's checkptr ends a process that looks at such a pointer, by
// design; there is no surviving that.

package snapshot

import (
	"testing"
	"unsafe"
)

// TestFault shows a pointer that leads nowhere.
func TestFault(t *testing.T) {
	v := &struct {
		N int
		P *int
	}{N: 1}
	want := `struct{N int; P *int}{N: 1, P: new(…`
	for _, addr := range []uintptr{1 << 62, ^uintptr(0)} {
		*(*uintptr)(unsafe.Pointer(&v.P)) = addr
		got := Deep(*v, Limits{})
		v.P = nil // the collector must not find it
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
