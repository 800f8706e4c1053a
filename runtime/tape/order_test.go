package tape

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// recordingTo begins a recording.
func recordingTo(file *bytes.Buffer) *program {
	s := newSink(file)
	s.check(s.w.Header(tracefile.Header{Program: "p"}))
	return newProgram(s)
}

// nodes are those of a file.
func nodes(t interface{ Fatal(...any) }, file []byte) (list []*tracefile.Node) {
	r := tracefile.NewReader(bytes.NewReader(file))
	for {
		switch l, err := r.Next(); {
		case err == io.EOF:
			return list
		case err != nil:
			t.Fatal(err)
		default:
			if n, ok := l.(*tracefile.Node); ok {
				list = append(list, n)
			}
		}
	}
}

// TestOrder lets goroutines of several cases record on each other's nodes, and
// drains at any time: every node is in the file once, with its inputs and its
// case, and behind its inputs. Nothing that a goroutine records after the end
// of its case is.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var file bytes.Buffer
		p := recordingTo(&file)
		var mu sync.Mutex
		want := map[int][]int{}
		owner := map[int]int{}
		known := []Ref{0}
		note := func(c *Tape, r Ref, in []Ref) {
			mu.Lock()
			defer mu.Unlock()
			for _, i := range in {
				want[r.num()] = append(want[r.num()], i.num())
			}
			owner[r.num()] = c.id
			known = append(known, r)
		}
		pick := func(seed int) Ref {
			mu.Lock()
			defer mu.Unlock()
			return known[seed%len(known)]
		}

		var all sync.WaitGroup
		var cases []*Tape
		for _, seeds := range rapid.SliceOfN(rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 1<<20), 1, 60), 1, 4), 1, 4).Draw(rt, "cases") {
			parent := p.top
			if n := len(cases); n > 0 && seeds[0][0]%2 == 0 {
				parent = cases[seeds[0][0]/2%n]
			}
			c := p.start(parent, "case")
			cases = append(cases, c)
			all.Add(1)
			go func(seeds [][]int) {
				defer all.Done()
				var own sync.WaitGroup
				for _, seeds := range seeds {
					own.Add(1)
					go func(seeds []int) {
						defer own.Done()
						for _, x := range seeds {
							switch {
							case x%37 == 0:
								p.drain()
							case x%41 == 0:
								c.feedback(pick(x), "so")
							case x%3 == 0:
								note(c, In(c, site("in"), x), nil)
							default:
								in := []Ref{pick(x / 3), pick(x / 5), pick(x / 7)}
								if r := Rec(c, site("op"), x, in...); r != 0 {
									note(c, r, in)
								} else if tracked(in) {
									t.Error("a node is missing")
								}
							}
						}
					}(seeds)
				}
				own.Wait()
				c.end("pass")
				if r := In(c, site("late"), 1); r != 0 {
					t.Errorf("node %d after the end", r)
				}
			}(seeds)
		}
		all.Wait()
		p.top.end("pass")

		got := map[int][]int{}
		gotOwner := map[int]int{}
		for _, n := range nodes(rt, file.Bytes()) {
			if _, twice := gotOwner[n.N]; twice {
				rt.Fatalf("node %d twice", n.N)
			}
			gotOwner[n.N] = n.Case
			if len(n.In) > 0 {
				got[n.N] = n.In
			}
			for _, i := range n.In {
				if _, ok := gotOwner[i]; i != 0 && !ok {
					rt.Fatalf("node %d is before its input %d", n.N, i)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("inputs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(owner, gotOwner); diff != "" {
			rt.Fatalf("cases (-want +got):\n%s", diff)
		}
		cut := rapid.IntRange(20, file.Len()).Draw(rt, "cut")
		if _, err := trace.ReadRecording(bytes.NewReader(file.Bytes()[:cut])); err != nil {
			rt.Fatalf("cut at %d: %v", cut, err)
		}
	})
}

// TestLate has goroutines that do not stop when their case does, while other
// cases use its memory.
func TestLate(t *testing.T) {
	var file bytes.Buffer
	p := recordingTo(&file)
	stop := make(chan bool)
	var late sync.WaitGroup
	for i := 0; i < 20; i++ {
		c := p.start(p.top, fmt.Sprint("case", i))
		own := site(c.name)
		for g := 0; g < 2; g++ {
			late.Add(1)
			go func() {
				defer late.Done()
				x := 0
				for last := Ref(0); ; {
					select {
					case <-stop:
						return
					default:
					}
					r := In(c, own, 1)
					if r == 0 && last == 0 {
						continue // did not begin in time
					}
					if r == 0 {
						return
					}
					last = r
					St(c, &x, r, 0)
				}
			}()
		}
		for k := 0; k < 100; k++ {
			In(c, own, k)
		}
		c.end("pass")
		for i := range c.cells {
			c.cells[i].each(func(unsafe.Pointer, uintptr, Ref) { t.Error("a cell after the end") })
		}
	}
	close(stop)
	late.Wait()
	p.top.end("pass")
	count := map[string]int{}
	for _, n := range nodes(t, file.Bytes()) {
		if want := fmt.Sprint("case", n.Case-1); n.Name != want {
			t.Fatalf("a node of %s is one of %s", n.Name, want)
		}
		count[n.Name]++
	}
	for name, n := range count {
		if n < 100 {
			t.Errorf("%s has %d nodes", name, n)
		}
	}
	if len(count) != 20 {
		t.Errorf("%d cases", len(count))
	}
}

// TestMemory records more than fits into the blocks of a process.
func TestMemory(t *testing.T) {
	defer func(n int) { maxBlocks = n }(maxBlocks)
	maxBlocks = 8
	p := discarding(true)
	c := p.start(p.top, "case")
	long := strings.Repeat("a", 5000)
	var all sync.WaitGroup
	for g := 0; g < 4; g++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := 0; i < 1000; i++ {
				In(c, scaleSite, long)
				p.pool.mu.Lock()
				n := p.pool.out
				p.pool.mu.Unlock()
				if n > maxBlocks {
					t.Errorf("%d blocks, want %d at most", n, maxBlocks)
					return
				}
			}
		}()
	}
	all.Wait()
	c.end("pass")
	if p.pool.out != 0 || len(p.pool.shards) != 0 {
		t.Errorf("%d blocks, %d shards after the end", p.pool.out, len(p.pool.shards))
	}
}
