package localtypes

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
)

// plainly calls f from the body of a bundle, where nothing is recorded.
//
//trace:bundle
func plainly(f func(int) any, n int) any { return f(n) }

// both calls a function as it was written and as it is followed, in both orders,
// and says what came of it.
func both(name string, f func(int) any) {
	fmt.Println(name, plainly(f, 1), f(2), plainly(f, 3), f(4))
}

// Main makes values of local types in one body and looks at them in the other.
func Main() {
	both("assert", cached)
	both("switch", switched)
	both("once", once)
	both("sync.Map", counted)
	both("map key", keyed)
	both("context", inContext)
	both("reflect", types)
	both("gob", registered)
	both("error", failed)
	both("recover", recovered)
	both("channel", sent)
	both("closure", inClosure)
	both("method", (&store{}).kept)
	both("generic", func(n int) any { return generic(n) })
	both("generic string", func(n int) any { return generic(fmt.Sprint(n)) })
	both("same names", sameNames)
	both("alias", aliased)
	both("dependent", dependent)
	both("labels", labels)
	both("results", results)
	both("expanded", expanded)
	both("skipped", skipped)
	both("generic local", genericLocal)
	both("generic twice", genericTwice)
	both("hidden", hidden)
	both("hidden parameter", func(n int) any { return hiddenParameter(n) })
	both("shadowed", shadowed)
	both("ambiguous", ambiguous)
	fmt.Println(allocs())
	fmt.Println(noResult(1), noResult(0))
	fmt.Println(fmt.Sprint(plainly(crash, 1)))
}

var cache any

func cached(n int) any {
	type entry struct{ n int }
	if cache == nil {
		cache = entry{n}
	}
	e, ok := cache.(entry)
	e.n++
	cache = e
	return fmt.Sprintf("%v %T %v", ok, cache, cache)
}

var things []any

func switched(n int) any {
	type (
		small int
		large struct {
			// What it holds.
			n    int `json:"n"`
			next *large
		}
	)
	things = append(things, small(n), &large{n: n})
	smalls, larges, others := 0, 0, 0
	for _, t := range things {
		switch t := t.(type) {
		case small:
			smalls += int(t)
		case *large:
			larges += t.n
		default:
			others++
		}
	}
	return [3]int{smalls, larges, others}
}

var (
	first sync.Once
	made  any
)

func once(n int) any {
	type config struct{ n int }
	first.Do(func() { made = &config{n} })
	c := made.(*config)
	c.n += n
	return *c
}

var counts sync.Map

func counted(n int) any {
	type key struct{ name string }
	old, _ := counts.LoadOrStore(key{"k"}, 0)
	counts.Store(key{"k"}, old.(int)+n)
	now, ok := counts.Load(key{"k"})
	return fmt.Sprint(now, ok)
}

var byKey = map[any]int{}

func keyed(n int) any {
	type key int
	byKey[key(0)] += n
	return fmt.Sprint(len(byKey), byKey)
}

var background = context.Background()

func inContext(n int) any {
	type ctxKey struct{}
	old, _ := background.Value(ctxKey{}).(int)
	background = context.WithValue(background, ctxKey{}, old+n)
	return background.Value(ctxKey{})
}

var seen reflect.Type

func types(n int) any {
	type local struct{ n int }
	t := reflect.TypeFor[local]()
	if seen == nil {
		seen = reflect.TypeOf([]local{})
	}
	return fmt.Sprint(seen.Elem() == t, t, t.Name(), t.PkgPath(), reflect.TypeOf(local{n}) == t)
}

func registered(n int) any {
	type message struct{ N int }
	gob.Register(message{}) // panics when another type has the name
	return fmt.Sprintf("%T", message{n})
}

var last error

func failed(n int) any {
	type notFound struct{ error }
	old := last
	last = fmt.Errorf("wrapped: %w", notFound{errors.New(fmt.Sprint("not found: ", n))})
	var nf notFound
	if errors.As(old, &nf) {
		return nf.Error()
	}
	return "first"
}

var stop any

func recovered(n int) (v any) {
	type signal struct{ n int }
	defer func() {
		r := recover()
		s, ok := r.(signal)
		v = fmt.Sprintf("%v %v %T", s.n, ok, r)
		stop = signal{n}
	}()
	if stop == nil {
		panic(signal{0})
	}
	panic(stop)
}

var pipe = make(chan any, 10)

func sent(n int) any {
	type item struct{ n int }
	pipe <- item{n}
	if len(pipe) < 2 {
		return len(pipe)
	}
	it, ok := (<-pipe).(item)
	return fmt.Sprint(it, ok)
}

var fromClosure any

func inClosure(n int) any {
	get := func(d int) any {
		type inner struct{ n int }
		if fromClosure == nil {
			fromClosure = inner{d}
		}
		in, ok := fromClosure.(inner)
		fromClosure = inner{in.n + d}
		return fmt.Sprint(in, ok)
	}
	return get(n)
}

type store struct{ v any }

func (s *store) kept(n int) any {
	type own struct{ n int }
	o, ok := s.v.(own)
	s.v = own{n}
	return fmt.Sprint(o, ok)
}

var generics = map[string]any{}

func generic[T comparable](v T) any {
	type box struct{ v T }
	name := fmt.Sprintf("%T", box{v})
	old, ok := generics[name].(box)
	generics[name] = box{v}
	return fmt.Sprint(name, old, ok, old.v == v)
}

var sames []any

func sameNames(n int) any {
	type pair struct{ a int }
	sames = append(sames, pair{n})
	{
		type pair struct{ a string }
		sames = append(sames, pair{fmt.Sprint(n)})
		if n > 0 {
			type pair struct{ deeper pair2 }
			sames = append(sames, pair{})
		}
		if _, ok := sames[1].(pair); !ok {
			return "the second is another"
		}
	}
	sum := 0
	for _, s := range sames {
		if p, ok := s.(pair); ok {
			sum += p.a
		}
	}
	return sum
}

type pair2 struct{}

var viaAlias any

func aliased(n int) any {
	type real struct{ n int }
	type other = real
	type others = []other
	os, ok := viaAlias.(others)
	viaAlias = append(os, other{n})
	return fmt.Sprint(os, ok, fmt.Sprintf("%T", viaAlias))
}

var arrays any

func dependent(n int) any {
	const size = 2
	var space [3]byte
	type base struct{ n int }
	type (
		row  [size]base
		rows [len(space)]row // two
		both struct {
			base
			*rows
			more map[string]func(base, ...row) (r rows)
			last [4]int
		}
	)
	b, ok := arrays.(both)
	b.rows, b.n = &rows{}, b.n+n+len(space)
	arrays = b
	return fmt.Sprint(b.n, ok, len(b.rows), len(b.rows[0]), reflect.TypeOf(b).Field(0).Name)
}

func labels(n int) any {
	type state struct{ i int }
	s := state{}
again:
	s.i++
	if s.i < n {
		goto again
	}
outer:
	for i := range 10 {
		for j := range 10 {
			if j == n {
				continue outer
			}
			if i > n {
				break outer
			}
			s.i += j
		}
	}
	return fmt.Sprint(any(s))
}

var resulting any

func results(n int) (v any) { v, _ = named(n, 1, 2); return v }

func named(n int, more ...int) (v any, err error) {
	type res struct{ n int }
	defer func() {
		if r, ok := resulting.(res); ok {
			v = fmt.Sprint(v, r, err)
		}
		resulting = res{n + len(more)}
	}()
	if n%2 == 0 {
		v = n
		return
	}
	return n, errors.New("odd")
}

var inside any

//trace:bundle expand
func expanded(n int) any {
	type own struct{ n int }
	o, ok := inside.(own)
	inside = own{n}
	return fmt.Sprint(o, ok)
}

var unfollowed any

func skipped(n int) any {
	ok := false
	//trace:skip a type in a statement that stays as it is
	if n > 0 {
		type own struct{ n int }
		_, ok = unfollowed.(own)
		unfollowed = own{n}
	}
	return ok
}

var lastGeneric any

func genericLocal(n int) any {
	type number interface{ ~int | ~string }
	type list[T any, N number] struct {
		head T
		tail *list[T, N]
		len  [2]N
	}
	type ints = list[int, int]
	l, ok := lastGeneric.(list[int, int])
	lastGeneric = ints{head: n, tail: &l}
	return fmt.Sprint(l.head, ok, l.len)
}

func genericTwice(n int) any { // opaque: declares a type box, which is generic, and another of that name
	type box struct{}
	{
		type box[T any] struct{ v T }
		b, ok := lastBox.(box[int])
		lastBox = box[int]{n}
		return fmt.Sprint(b, ok)
	}
}

var lastBox any

type shape struct{ sides int }

var lastShape any

// The name means two things in it, and they cannot be told apart at its head.
func hidden(n int) any { // opaque: declares a type shape and uses another shape
	s := shape{n}
	{
		type shape struct{ sides string }
		_, ok := lastShape.(shape)
		lastShape = shape{fmt.Sprint(s.sides)}
		return ok
	}
}

func hiddenParameter(own int) any { // opaque: declares a type own and uses another own
	v := own
	{
		type own struct{ n int }
		_, ok := lastOwn.(own)
		lastOwn = own{v}
		return ok
	}
}

var lastOwn any

func shadowed(n int) any {
	own := n
	own++
	{
		type own struct{ n int }
		_, ok := lastShadowed.(own)
		lastShadowed = own{n}
		return ok
	}
}

var lastShadowed any

func ambiguous(n int) any { // opaque: type user depends on part, and the function declares another type of that name
	type part struct{ n int }
	{
		type part struct{ s string }
		fmt.Sprint(part{})
	}
	type user struct{ part }
	u, ok := lastUser.(user)
	lastUser = user{part{n}}
	return fmt.Sprint(u, ok)
}

var lastUser any

// noResult returns by falling off its end.
func noResult(n int) (r any) {
	plainly(func(n int) any { end(&r, n); return nil }, n)
	end(&r, n)
	return
}

func end(r *any, n int) {
	type step struct{ n int }
	if n == 0 {
		*r = "none"
		return
	}
	if s, ok := (*r).(step); ok {
		n += s.n
	}
	*r = step{n}
}

// allocs measures a function that has a type of its own: what a recording
// would have to share of its variables is not moved to the heap.
func allocs() float64 { // opaque: observes allocation
	return testing.AllocsPerRun(10, func() { summed(1, 2) })
}

func summed(a, b int) int {
	type both struct{ a, b int }
	t := both{a, b}
	add := func() { t.a += a; a++ }
	add()
	return t.a + t.b
}

type broken struct{ p *int }

func crash(n int) (v any) {
	type local struct{ broken }
	defer func() { v = fmt.Sprint(recover()) }()
	var l any = local{}
	if n == 1 {
		return *l.(local).p
	}
	return l.(broken)
}
