package tape

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opto-go/trace/runtime/tracefile"
)

// TestVarGuarded loads variables that others change by atomic operations or under a
// lock, for the race detector to see, and finds one node for each.
func TestVarGuarded(t *testing.T) {
	top, read := recording(t)
	tp := top.prog.start(top, "TestX")
	var n atomic.Uint32
	var locked struct {
		mu sync.Mutex
		n  int
	}
	var wg sync.WaitGroup
	wg.Add(2)
	stop := make(chan struct{})
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
				n.Add(1)
				locked.mu.Lock()
				locked.n++
				locked.mu.Unlock()
			}
		}
	}()
	input, param := &Site{Src: "n", Name: "n"}, &Site{Src: "locked", Name: "locked", ID: "p.locked"}
	seen := make(chan [2]Ref, 2)
	load := func() (refs [2]Ref) {
		for i := 0; i < 100; i++ {
			Var(tp, &refs[0], input, &n)
			Var(tp, &refs[1], param, &locked)
		}
		return refs
	}
	seen <- load()
	go func() { seen <- load(); wg.Done() }()
	first, second := <-seen, <-seen
	close(stop)
	wg.Wait()
	if first != second || first[0] == 0 || first[1] == 0 {
		t.Errorf("nodes %v, then %v", first, second)
	}
	tp.end("pass")
	kinds := map[string]int{}
	for _, p := range read().Programs {
		for _, node := range p.Nodes {
			kinds[node.Kind]++
			if node.Value != "" {
				t.Errorf("%s has the value %s", node.Name, node.Value)
			}
		}
	}
	if kinds[tracefile.KindInput] != 1 || kinds[tracefile.KindParam] != 1 || len(kinds) != 2 {
		t.Errorf("nodes by kind: %v", kinds)
	}
}
