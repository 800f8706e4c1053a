package tape

import "testing"

type (
	methodTestA int
	methodTestB string
)

// Every method is found under its type and number, and no other.
func TestMethodTable(t *testing.T) {
	var m methodTable
	if got := m.find(methodKey{typeOf(methodTestA(0)), 1}); got != nil {
		t.Fatalf("an empty table has %v", got)
	}
	values := []any{methodTestA(0), methodTestB(""), new(methodTestA)}
	for id := uint64(1); id <= 500; id++ {
		for i, v := range values {
			m.set(methodKey{typeOf(v), id * id * golden}, [2]int{i, int(id)})
		}
	}
	m.set(methodKey{typeOf(values[0]), golden}, "set again")
	for id := uint64(1); id <= 1000; id++ {
		for i, v := range values {
			want := any([2]int{i, int(id)})
			if id > 500 {
				want = nil
			} else if i == 0 && id == 1 {
				want = "set again"
			}
			if got := m.find(methodKey{typeOf(v), id * id * golden}); got != want {
				t.Fatalf("method %d of %T: got %v, want %v", id, v, got, want)
			}
		}
	}
	if m.used != 1500 || len(m.slots) > 4*m.used {
		t.Errorf("%d slots for %d methods", len(m.slots), m.used)
	}
}
