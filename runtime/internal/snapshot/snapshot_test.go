package snapshot

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

type coord struct{ X, Y int }

type plan struct {
	Name   string
	target coord
	Next   *plan
	Any    any
	Err    error
}

type color int

func (c color) String() string   { panic("String was called") }
func (c color) GoString() string { panic("GoString was called") }

type noisy struct{ A int }

func (n *noisy) String() string                { panic("String was called") }
func (n *noisy) Error() string                 { panic("Error was called") }
func (n *noisy) Format(f fmt.State, verb rune) { panic("Format was called") }

type guarded struct {
	mu sync.Mutex
	n  int
}

type byPointer struct {
	mu *sync.RWMutex
	m  map[string]int
}

type outer struct {
	Name string
	G    guarded
}

type counter struct {
	N atomic.Int64
}

type ownLock struct{ held bool }

func (l *ownLock) Lock()   { l.held = true }
func (l *ownLock) Unlock() { l.held = false }

type pair[A, B any] struct {
	First  A
	Second B
}

type list struct {
	V    int
	Next *list
}

func cyclic() *list {
	l := &list{V: 1}
	l.Next = &list{V: 2, Next: l}
	return l
}

func selfMap() map[string]any {
	m := map[string]any{"a": 1}
	m["self"] = m
	return m
}

func selfSlice() []any {
	s := []any{1, nil}
	s[1] = s
	return s
}

func deepList(n int) *list {
	var l *list
	for i := 0; i < n; i++ {
		l = &list{V: i, Next: l}
	}
	return l
}

type (
	celsius float64
	text    string
	ints    []int
	blob    []byte
)

func TestDeep(t *testing.T) {
	three := 3
	var nilPlan *plan
	var nilErr error
	numErr := func() error { _, err := strconv.ParseFloat("x", 64); return err }()
	for _, test := range []struct {
		v    any
		want string
	}{
		{nil, `nil`},
		{true, `true`},
		{-7, `-7`},
		{int8(-7), `int8(-7)`},
		{uint64(math.MaxUint64), `uint64(18446744073709551615)`},
		{'a', `int32(97)`},
		{3.0, `3.0`},
		{-1.0, `-1.0`},
		{0.1, `0.1`},
		{1e21, `1e+21`},
		{math.Copysign(0, -1), `math.Copysign(0, -1)`},
		{math.NaN(), `math.NaN()`},
		{math.Inf(1), `math.Inf(1)`},
		{math.Inf(-1), `math.Inf(-1)`},
		{float32(0.1), `float32(0.1)`},
		{celsius(3), `snapshot.celsius(3.0)`},
		{complex(1, math.NaN()), `complex(1.0, math.NaN())`},
		{"a\n\"b\"", `"a\n\"b\""`},
		{"\xff é\u202e", `"\xff é\u202e"`},
		{text("x"), `snapshot.text("x")`},
		{color(2), `snapshot.color(2)`},
		{uintptr(3), `uintptr(3)`},
		{uintptr(unsafe.Pointer(&three)), `uintptr(…)`},
		{unsafe.Pointer(&three), `(unsafe.Pointer)(…)`},

		{coord{3, 4}, `snapshot.coord{X: 3, Y: 4}`},
		{&coord{3, 4}, `&snapshot.coord{X: 3, Y: 4}`},
		{struct{}{}, `struct{}{}`},
		{struct {
			A int
			_ int
			B string
		}{1, 2, "x"}, `struct{A int; _ int; B string}{A: 1, B: "x"}`},
		{[]coord{{1, 2}, {3, 4}}, `[]snapshot.coord{{X: 1, Y: 2}, {X: 3, Y: 4}}`},
		{[]*coord{{1, 2}, nil}, `[]*snapshot.coord{{X: 1, Y: 2}, nil}`},
		{[2][2]int{{1, 2}, {3, 4}}, `[2][2]int{{1, 2}, {3, 4}}`},
		{[]any{1, "a", coord{1, 2}, int8(3), nil}, `[]any{1, "a", snapshot.coord{X: 1, Y: 2}, int8(3), nil}`},
		{ints{1, 2}, `snapshot.ints{1, 2}`},
		{[]int(nil), `[]int(nil)`},
		{[]int{}, `[]int{}`},
		{[][]int{nil, {}, {1}}, `[][]int{nil, {}, {1}}`},
		{[]byte("hello\n"), `[]byte("hello\n")`},
		{blob("hi"), `snapshot.blob("hi")`},
		{[]byte{0, 255}, `[]byte{0, 255}`},
		{[][]byte{[]byte("a")}, `[][]byte{[]byte("a")}`},
		{map[string]int{"b": 2, "a": 1}, `map[string]int{"a": 1, "b": 2}`},
		{map[coord]string{{2, 1}: "b", {1, 9}: "a"}, `map[snapshot.coord]string{{X: 1, Y: 9}: "a", {X: 2, Y: 1}: "b"}`},
		{map[any]int{"a": 1, 2: 2, nil: 3, 1: 4}, `map[any]int{nil: 3, 1: 4, 2: 2, "a": 1}`},
		{map[float64]int{math.NaN(): 2, 1: 1, math.Inf(-1): 0}, `map[float64]int{math.NaN(): 2, math.Inf(-1): 0, 1.0: 1}`},
		{map[*coord]int{{2, 2}: 1, {1, 1}: 1}, `map[*snapshot.coord]int{{X: 1, Y: 1}: 1, {X: 2, Y: 2}: 1}`},
		{map[string]int(nil), `map[string]int(nil)`},

		{nilPlan, `(*snapshot.plan)(nil)`},
		{&nilErr, `new(nil)`},
		{&three, `new(3)`},
		{&[]int{1}, `&[]int{1}`},
		{plan{Name: "p", target: coord{1, 2}, Any: coord{}, Err: io.EOF},
			`snapshot.plan{Name: "p", target: snapshot.coord{X: 1, Y: 2}, Next: nil, Any: snapshot.coord{X: 0, Y: 0}, Err: errors.New("EOF")}`},
		{&noisy{1}, `&snapshot.noisy{A: 1}`},
		{[]fmt.Stringer{&noisy{2}, color(1)}, `[]fmt.Stringer{&snapshot.noisy{A: 2}, snapshot.color(1)}`},

		{errors.New("boom"), `errors.New("boom")`},
		{fmt.Errorf("a: %w", io.EOF), `fmt.Errorf("a: EOF")`},
		{fmt.Errorf("a: %w %w", io.EOF, io.EOF), `fmt.Errorf("a: EOF EOF")`},
		{errors.Join(io.EOF), `&errors.joinError{errs: []error{errors.New("EOF")}}`},
		{numErr, `&strconv.NumError{Func: "ParseFloat", Num: "x", Err: errors.New("invalid syntax")}`},
		{time.Second * 90, `90*time.Second`},
		{time.Hour, `time.Hour`},
		{time.Duration(0), `time.Duration(0)`},
		{[]time.Duration{0, 1500 * time.Millisecond}, `[]time.Duration{0, 1500*time.Millisecond}`},
		{time.Date(2024, 2, 3, 4, 5, 6, 7, time.UTC), `time.Date(2024, time.February, 3, 4, 5, 6, 7, time.UTC)`},
		{big.NewInt(5), `&big.Int{neg: false, abs: big.nat{5}}`},
		{reflect.TypeOf(3), `&reflect.rtype{…}`},
		{reflect.ValueOf(&three), `reflect.Value{…}`},

		{make(chan int, 3), `(chan int)(…)`},
		{(<-chan int)(nil), `(<-chan int)(nil)`},
		{func(a int, b ...string) (int, error) { return 0, nil }, `func(int, ...string) (int, error) {…}`},
		{(func())(nil), `(func())(nil)`},
		{struct{ F func() }{}, `struct{F func()}{F: nil}`},
		{pair[coord, []big.Int]{}, `snapshot.pair[snapshot.coord,[]big.Int]{First: snapshot.coord{X: 0, Y: 0}, Second: nil}`},

		{&guarded{}, `&snapshot.guarded{…}`},
		{&outer{Name: "x"}, `&snapshot.outer{…}`},
		{byPointer{}, `snapshot.byPointer{…}`},
		{&counter{}, `&snapshot.counter{…}`},
		{[]*guarded{{}, nil}, `[]*snapshot.guarded{{…}, nil}`},
		{&[1]guarded{}, `&[1]snapshot.guarded{…}`},
		{struct{ P *guarded }{&guarded{}}, `struct{P *snapshot.guarded}{P: &snapshot.guarded{…}}`},
		{&ownLock{}, `&snapshot.ownLock{…}`},
		{t, `&testing.T{…}`},

		{cyclic(), `&snapshot.list{V: 1, Next: &snapshot.list{V: 2, Next: &snapshot.list{… cycle}}}`},
		{selfMap(), `map[string]any{"a": 1, "self": map[string]any{… 2 more}}`},
		{selfSlice(), `[]any{1, []any{… 2 more}}`},
		{deepList(1000), `&snapshot.list{V: 999, Next: &snapshot.list{V: 998, Next: &snapshot.list{V: 997, Next: &snapshot.list{V: 996, Next: &snapshot.list{…}}}}}`},
	} {
		if got := Deep(test.v, Limits{}); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestShallow(t *testing.T) {
	three := 3
	for _, test := range []struct {
		v    any
		want string
	}{
		{3, `3`},
		{"x", `"x"`},
		{color(3), `snapshot.color(3)`},
		{[]string{"a", "b", "c"}, `[]string(len 3)`},
		{[]string(nil), `[]string(nil)`},
		{map[string]int{"a": 1}, `map[string]int`},
		{&three, `*int`},
		{(*int)(nil), `(*int)(nil)`},
		{func() {}, `func()`},
		{make(chan int), `chan int`},
		{coord{1, 2}, `snapshot.coord{X: 1, Y: 2}`},
		{[2]coord{}, `[2]snapshot.coord{{…}, {…}}`},
		{plan{Name: "p", Next: &plan{}, Any: []int{1}, Err: io.EOF},
			`snapshot.plan{Name: "p", target: snapshot.coord{…}, Next: *snapshot.plan, Any: []int(len 1), Err: *errors.errorString}`},
		{io.EOF, `*errors.errorString`},
		{time.Minute, `time.Minute`},
		{[]byte("text"), `[]byte(len 4)`},
	} {
		if got := Shallow(test.v, Limits{}); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestLimits(t *testing.T) {
	numbers := make([]int, 1000)
	large := make(map[int]int)
	for i := 0; i < 20000; i++ {
		large[i] = i
	}
	for _, test := range []struct {
		v    any
		lim  Limits
		want string
	}{
		{numbers, Limits{Elems: 3}, `[]int{0, 0, 0, … 997 more}`},
		{numbers, Limits{Bytes: 40}, `[]int{0, 0, 0, 0, 0, 0, 0, … 993 more}`},
		{strings.Repeat("é", 100), Limits{Bytes: 40}, `"ééééééééé" … 182 more bytes`},
		{strings.Repeat("\xff", 100), Limits{Bytes: 41}, `"\xff\xff\xff\xff\xff" … 95 more bytes`},
		{strings.Repeat("x", 38), Limits{Bytes: 40}, `"` + strings.Repeat("x", 38) + `"`},
		{strings.Repeat("x", 39), Limits{Bytes: 40}, `"xxxxxxxxxxxxxxxxxxxx" … 19 more bytes`},
		{[]byte(strings.Repeat("é", 100)), Limits{Bytes: 40}, `[]byte("ééééé" … 190 more bytes)`},
		{struct{ AVeryLongNameOfAFieldIndeed, B int }{}, Limits{Bytes: 40}, `…`},
		{coord{1 << 62, 1 << 62}, Limits{Bytes: 1}, `snapshot.coord{… 2 more}`},
		{coord{1, 2}, Limits{Elems: 1}, `snapshot.coord{X: 1, … 1 more}`},
		{[][][]int{{{1, 2}}, {}}, Limits{Depth: 2}, `[][][]int{{{… 2 more}}, {}}`},
		{large, Limits{}, `map[int]int{… 20000 more}`},
		{map[string]int{"c": 1, "a": 1, "b": 1}, Limits{Elems: 2}, `map[string]int{"a": 1, "b": 1, … 1 more}`},
	} {
		if got := Deep(test.v, test.lim); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestTypeString(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{[]byte{}, "[]byte"},
		{[]any{}, "[]any"},
		{map[string][]*coord{}, "map[string][]*snapshot.coord"},
		{(*error)(nil), "*error"},
		{(*interface{ Read([]byte) (int, error) })(nil), "*interface{Read([]byte) (int, error)}"},
		{pair[map[string]big.Int, *coord]{}, "snapshot.pair[map[string]big.Int,*snapshot.coord]"},
		{(chan<- int)(nil), "chan<- int"},
		{struct {
			io.Reader
			A int `json:"a"`
		}{}, "struct{io.Reader; A int}"},
	} {
		if got := TypeString(reflect.TypeOf(test.v)); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if got := TypeString(nil); got != "nil" {
		t.Errorf("TypeString(nil) = %s", got)
	}
	type local struct{}
	if got := TypeString(reflect.TypeOf(pair[local, int]{})); got != "snapshot.pair[snapshot.local,int]" {
		t.Errorf("local type argument: %s", got)
	}
	wide := reflect.StructOf([]reflect.StructField{
		{Name: strings.Repeat("É", 200), Type: reflect.TypeOf(0)},
	})
	if got := TypeString(wide); len(got) > maxType+len("…") || !strings.HasSuffix(got, "…") {
		t.Errorf("unbounded: %s", got)
	}
}

// TestGuardedRace is for the race detector: pictures of values that others
// change under their lock must not read them.
func TestGuardedRace(t *testing.T) {
	g := &guarded{}
	b := byPointer{mu: &sync.RWMutex{}, m: map[string]int{}}
	values := []any{g, &b, []*guarded{g}, &outer{G: guarded{}}, map[string]*guarded{"g": g}, struct{ G any }{g}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			g.mu.Lock()
			g.n++
			g.mu.Unlock()
			b.mu.Lock()
			b.m["k"] = i
			b.mu.Unlock()
		}
	}()
	for i := 0; i < 200; i++ {
		for _, v := range values {
			Deep(v, Limits{})
			Shallow(v, Limits{})
		}
	}
	close(stop)
	wg.Wait()
}

// TestShallowRace: a shallow picture follows nothing, so other goroutines may
// write to everything that the value refers to.
func TestShallowRace(t *testing.T) {
	s, m, p := []int{1}, map[int]int{}, &coord{}
	v := struct {
		S []int
		M map[int]int
		P *coord
	}{s, m, p}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < 1000; i++ {
			s[0], m[i], p.X = i, i, i
		}
	}()
	for i := 0; i < 200; i++ {
		for _, x := range []any{s, m, p, v} {
			Shallow(x, Limits{})
		}
	}
	<-done
}

func BenchmarkDeep(b *testing.B) {
	for _, bench := range []struct {
		name string
		v    any
	}{
		{"int", 42},
		{"string", "some text of usual length"},
		{"struct", coord{3, 4}},
		{"slice", []coord{{1, 2}, {3, 4}, {5, 6}}},
		{"map", map[string]int{"a": 1, "b": 2, "c": 3}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				Deep(bench.v, Limits{})
			}
		})
	}
}

// A key that leads back to its map, over pointers and over other maps, is shown
// within bounds.
func TestKeysLeadBack(t *testing.T) {
	type node struct {
		name  string
		edges map[*node]bool
	}
	a, b := &node{name: "a"}, &node{name: "b"}
	a.edges, b.edges = map[*node]bool{b: true, a: true}, map[*node]bool{a: false, b: true}
	got := Deep(a, Limits{})
	for _, want := range []string{`name: "a"`, `name: "b"`, "cycle"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s has no %s", got, want)
		}
	}
	for range 20 {
		if again := Deep(a, Limits{}); again != got {
			t.Fatalf("%s, and then %s", got, again)
		}
	}

	type self map[any]int
	m := self{}
	m[&m], m[&a] = 1, 2
	Deep(m, Limits{})
}
