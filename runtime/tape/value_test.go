package tape

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/runtime/internal/snapshot"
)

type celsius float32

type label string

// TestValues records values in every form, by all ways that a record goes: the
// first of a site, a later one, as an operand, and inside an interface.
func TestValues(t *testing.T) {
	var file bytes.Buffer
	p := recordingTo(&file)
	top := p.top
	var want []string
	one := In(top, &Site{Type: "int"}, 1)
	want = append(want, "int 1")

	check := func(typ, value string, rec func(s *Site)) {
		s := &Site{}
		rec(s)
		for i := 0; i < 4; i++ {
			want = append(want, strings.TrimSpace(typ+" "+value))
		}
	}
	check("bool", "true", all(top, one, true))
	check("int", "-3", all(top, one, -3))
	check("int8", "-3", all(top, one, int8(-3)))
	check("int16", "-3", all(top, one, int16(-3)))
	check("int32", "-3", all(top, one, int32(-3)))
	check("int64", "-9223372036854775808", all(top, one, int64(math.MinInt64)))
	check("uint8", "200", all(top, one, uint8(200)))
	check("uint16", "65535", all(top, one, uint16(65535)))
	check("uint32", "4294967295", all(top, one, uint32(1<<32-1)))
	check("uint64", "18446744073709551615", all(top, one, uint64(1<<64-1)))
	check("uintptr", "7", all(top, one, uintptr(7)))
	check("uintptr", "…", all(top, one, uintptr(1<<31)))
	check("float64", "1.0", all(top, one, 1.0))
	check("float64", "math.NaN()", all(top, one, math.NaN()))
	check("tape.celsius", "36.6", all(top, one, celsius(36.6)))
	check("complex128", "complex(1.0, 2.0)", all(top, one, 1+2i))
	check("string", `"a\n\"b\""`, all(top, one, "a\n\"b\""))
	check("string", `""`, all(top, one, ""))
	check("tape.label", `"x"`, all(top, one, label("x")))
	check("string", `"`+strings.Repeat("a", 578)+`" … 4422 more bytes`, all(top, one, strings.Repeat("a", 5000)))
	check("*int", "*int", all(top, one, new(int)))
	check("*int", "(*int)(nil)", all(top, one, (*int)(nil)))
	check("map[string]int", "map[string]int", all(top, one, map[string]int{"a": 1}))
	check("map[string]int", "map[string]int(nil)", all(top, one, map[string]int(nil)))
	check("chan int", "(chan int)(nil)", all(top, one, (chan int)(nil)))
	check("func(int) string", "func(int) string", all(top, one, func(int) string { return "" }))
	check("unsafe.Pointer", "unsafe.Pointer", all(top, one, unsafe.Pointer(nil)))
	check("[]byte", "[]byte(len 3)", all(top, one, []byte("abc")))
	check("[]byte", "[]byte(len 0)", all(top, one, []byte{}))
	check("[]byte", "[]byte(nil)", all(top, one, []byte(nil)))
	check("tape.pair", "tape.pair{a: 1, b: 2}", all(top, one, pair{1, 2}))
	check("", "nil", all(top, one, error(nil)))

	top.end("pass")
	var got []string
	for _, n := range nodes(t, file.Bytes()) {
		got = append(got, strings.TrimSpace(n.Type+" "+n.Value))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// all records v four times.
func all[T any](t *Tape, in Ref, v T) func(s *Site) {
	return func(s *Site) {
		Rec(t, s, v, in)
		Rec(t, s, v, in)
		o := I(new(Ref), s, v)
		o.input(t)
		Rec[any](t, s, v, in)
	}
}

// TestStrings compares what is made of the bytes that a record keeps with a
// snapshot of the whole string.
func TestStrings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "é", "世", "\U0010ffff", "\xff", "\n", "\"", "\u2028", strings.Repeat("x", 97)})
		s := strings.Join(rapid.SliceOfN(part, 0, 300).Draw(rt, "parts"), "")
		var file bytes.Buffer
		p := recordingTo(&file)
		In(p.top, &Site{}, s)
		p.top.end("pass")
		want := snapshot.Deep(s, snapshot.Limits{})
		if got := nodes(rt, file.Bytes())[0].Value; got != want {
			rt.Fatalf("%q\n got %s\nwant %s", s, got, want)
		}
	})
}

// TestDeepValues records a slice again and again at a site that shows its elements.
func TestDeepValues(t *testing.T) {
	var file bytes.Buffer
	p := recordingTo(&file)
	c := p.start(p.top, "case")
	s := &Site{Deep: true}
	in := input(c, "x")
	for i := 0; i < maxDeep+1; i++ {
		Rec(c, s, []int{7}, in)
	}
	c.end("pass")
	other := p.start(p.top, "other")
	Rec(other, s, []int{7}, in)
	other.end("pass")
	count := map[string]int{}
	for _, n := range nodes(t, file.Bytes()) {
		count[n.Value]++
	}
	want := map[string]int{"1": 1, "[]int{7}": maxDeep + 1, "[]int(len 1)": 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestManyInputs records a node that does not fit into a block.
func TestManyInputs(t *testing.T) {
	top, read := recording(t)
	var in []Ref
	for i := 0; i < 3*maxIn; i++ {
		in = append(in, input(top, "x"))
	}
	r := Rec(top, site("sum"), 1, in...)
	if r == 0 {
		t.Fatal("no node")
	}
	if got := strings.Count(from(t, read(), r), "x"); got != 3*maxIn {
		t.Errorf("it came from %d inputs, want %d", got, 3*maxIn)
	}
}

// TestCellTable compares cells with a map.
func TestCellTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := discarding(false)
		c := p.start(p.top, "case")
		child := p.start(c, "child")
		mem := make([]uint64, 64)
		type key struct {
			i    int
			size uintptr
		}
		model := map[*Tape]map[key]Ref{c: {}, child: {}}
		tapes := []*Tape{c, child}
		for _, x := range rapid.SliceOfN(rapid.IntRange(0, 1<<20), 1, 300).Draw(rt, "steps") {
			k := key{x % 64, []uintptr{8, 4, 1}[x/64%3]}
			at := unsafe.Pointer(&mem[k.i])
			tp := tapes[x/256%2]
			switch x / 1024 % 4 {
			case 0, 1:
				tp.setCell(at, k.size, Ref(x+1))
				model[tp][k] = Ref(x + 1)
			case 2:
				tp.dropCell(at, k.size)
				delete(model[tp], k)
			case 3:
				want, ok := model[child][k]
				if !ok {
					want, ok = model[c][k]
				}
				if got, found := child.find(at, k.size); got != want || found != ok {
					rt.Fatalf("find %v: %d %v, want %d %v", k, got, found, want, ok)
				}
			}
		}
		for _, tp := range tapes {
			if n := int(tp.ncells); n != len(model[tp]) {
				rt.Fatalf("%d cells are counted, want %d", n, len(model[tp]))
			}
		}
	})
}
