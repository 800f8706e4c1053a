package tape

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ran(t *Tape, p *Path, blocks ...uint32) {
	for _, b := range blocks {
		t.Ran(p, b)
	}
}

func TestLines(t *testing.T) {
	const three = "1-2;3;5|10-11;12;15,17"
	two := []string{"a.go", "a.y"}
	for _, test := range []struct {
		name   string
		files  []string
		blocks string
		ran    []uint32
		want   map[string]string
	}{
		{"one block", two, three, []uint32{1}, map[string]string{"a.go": "3"}},
		{"gap belongs to its neighbours", two, three, []uint32{1, 2}, map[string]string{"a.go": "3-5"}},
		{"gap with a block that did not run", two, three, []uint32{0, 2}, map[string]string{"a.go": "1-2,5"}},
		{"gap between functions", two, three, []uint32{0, 1, 2, 3}, map[string]string{"a.go": "1-5,10-11"}},
		{"several ranges", two, three, []uint32{5}, map[string]string{"a.go": "15-17"}},
		{"all", two, three, []uint32{0, 1, 2, 3, 4, 5}, map[string]string{"a.go": "1-5,10-17"}},
		{"two files", two, "1,1/7-9;1/12", []uint32{0}, map[string]string{"a.go": "1", "a.y": "7-9"}},
		{"other file only", two, "1;1/12", []uint32{1}, map[string]string{"a.y": "12"}},
		{"the same line in two blocks", two, "1-3;3-4", []uint32{0}, map[string]string{"a.go": "1-3"}},
		{"block without lines", two, ";4", []uint32{0, 1}, map[string]string{"a.go": "4"}},
		{"nothing", two, three, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			top, read := recording(t)
			ran(top, &Path{Base: Unplaced, Files: test.files, Blocks: test.blocks}, test.ran...)
			if diff := cmp.Diff(test.want, read().Programs[0].Cases[0].Lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLinesOfCases runs cases one within and one after another: each has the
// lines that it ran itself, and none that ran after its end.
func TestLinesOfCases(t *testing.T) {
	top, read := recording(t)
	p := &Path{Base: Unplaced, Files: []string{"p.go"}, Blocks: "1;2;3"}
	q := &Path{Base: Unplaced, Files: []string{"q.go"}, Blocks: "1;2;3"}
	a := the.start(top, "A")
	ran(a, p, 0)
	b := the.start(a, "A/b")
	ran(b, q, 1, 1)
	ran(a, q, 2)
	b.end("pass")
	a.end("pass")
	ran(a, p, 1, 2)
	ran(b, p, 1, 2)
	c := the.start(top, "C")
	ran(c, p, 2)
	c.end("pass")
	rec := read()
	got := map[string]map[string]string{}
	for _, c := range rec.Programs[0].Cases {
		got[c.Name] = c.Lines
	}
	want := map[string]map[string]string{
		"": nil, "A": {"p.go": "1", "q.go": "3"}, "A/b": {"q.go": "2"}, "C": {"p.go": "3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if c := rec.Case("A"); !c.Ran("q.go", 3) || c.Ran("q.go", 2) || c.Ran("r.go", 3) {
		t.Errorf("Ran does not agree with %v", c.Lines)
	}
}

// TestLinesOfGoroutines: goroutines of several cases run the same files, some
// of them for the first time, while cases end.
func TestLinesOfGoroutines(t *testing.T) {
	top, read := recording(t)
	const files, cases, blocks = 5, 4, 100
	var ps []*Path
	for i := 0; i < files; i++ {
		var lines []string
		for l := 1; l <= blocks; l++ {
			lines = append(lines, fmt.Sprint(l))
		}
		ps = append(ps, &Path{Base: Unplaced, Files: []string{fmt.Sprintf("%d.go", i)}, Blocks: strings.Join(lines, ";")})
	}
	var wg sync.WaitGroup
	for c := 0; c < cases; c++ {
		tape := the.start(top, fmt.Sprint(c))
		var own sync.WaitGroup
		for g := 0; g < 3; g++ {
			wg.Add(1)
			own.Add(1)
			go func(g int) {
				defer wg.Done()
				for _, p := range ps {
					for b := uint32(0); b < blocks; b++ {
						ran(tape, p, (b+uint32(g)*30)%blocks)
					}
				}
				own.Done()
				ran(tape, ps[0], 7) // perhaps late
			}(g)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			own.Wait()
			tape.end("pass")
		}()
	}
	wg.Wait()
	rec := read()
	want := map[string]string{}
	for i := 0; i < files; i++ {
		want[fmt.Sprintf("%d.go", i)] = fmt.Sprintf("1-%d", blocks)
	}
	for c := 0; c < cases; c++ {
		if diff := cmp.Diff(want, rec.Case(fmt.Sprint(c)).Lines); diff != "" {
			t.Errorf("lines of case %d (-want +got):\n%s", c, diff)
		}
	}
}

// TestLinesCoverRan: a line of a block that ran is in the ranges, a line of
// one that did not is not, unless a block that ran has it too.
func TestLinesCoverRan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var fns, hits []string
		yes, no := map[int]bool{}, map[int]bool{}
		b := make(ranBits, 8)
		block, line := uint32(0), 1
		for range rapid.SliceOfN(rapid.Bool(), 1, 4).Draw(rt, "functions") {
			var blocks []string
			for _, hit := range rapid.SliceOfN(rapid.Bool(), 1, 10).Draw(rt, "ran") {
				line += rapid.IntRange(0, 3).Draw(rt, "gap")
				to := line + rapid.IntRange(0, 3).Draw(rt, "length")
				blocks = append(blocks, fmt.Sprintf("%d-%d", line, to))
				for l := line; l <= to; l++ {
					if hit {
						yes[l] = true
					} else {
						no[l] = true
					}
				}
				if hit {
					b[block>>5] |= 1 << (block & 31)
					hits = append(hits, blocks[len(blocks)-1])
				}
				block, line = block+1, to
			}
			fns = append(fns, strings.Join(blocks, ";"))
			line++
		}
		p := &Path{Files: []string{"f"}, Blocks: strings.Join(fns, "|")}
		got := map[int]bool{}
		for _, r := range p.lines(b)["f"] {
			for l := r.From; l <= r.To; l++ {
				got[l] = true
			}
		}
		for l := 1; l <= line+4; l++ {
			if yes[l] && !got[l] || no[l] && !yes[l] && got[l] {
				rt.Fatalf("line %d of %s: ran %v, shown %v (blocks that ran: %v)", l, p.Blocks, yes[l], got[l], hits)
			}
		}
	})
}
