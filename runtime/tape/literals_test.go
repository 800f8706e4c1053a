package tape

import "testing"

// Literals that are called stay, whatever else is made; the others do not stay for
// ever.
func TestLiterals(t *testing.T) {
	defer func(n int) { maxLiterals = n }(maxLiterals)
	maxLiterals = 8
	var l literals
	keys := make([]int, 1000)
	key := func(i int) funcKey { return funcKey(&keys[i]) }
	l.set(key(0), "called")
	l.set(key(1), "kept")
	for i := 2; i < len(keys); i++ {
		l.set(key(i), i)
		if got := l.find(key(0)); got != "called" {
			t.Fatalf("after %d others, a literal that is called is %v", i-1, got)
		}
		if n := l.len(); n > 2*maxLiterals {
			t.Fatalf("%d literals are remembered", n)
		}
	}
	if got := l.find(key(1)); got != nil {
		t.Errorf("a literal that is not called is still %v", got)
	}
	l.forget(key(0))
	if got := l.find(key(0)); got != nil {
		t.Errorf("a literal that was forgotten is %v", got)
	}
}
