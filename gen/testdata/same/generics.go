package generics

import "fmt"

type point struct{ x, y int }

type pointer *point

func literals[P *point]() ([]pointer, map[string]pointer, [1]P) {
	return []pointer{{1, 2}}, map[string]pointer{"a": {x: 3}}, [1]P{{4, 5}}
}

type list[K comparable, V any] struct {
	keys []K
	vals []V
}

func (l *list[_, _]) len() int { return len(l.keys) }

func (l *list[K, _]) has(k K) bool {
	for _, h := range l.keys {
		if h == k {
			return true
		}
	}
	return false
}

func (l *list[K, V]) add(k K, v ...V) *list[K, V] {
	for _, x := range v {
		l.keys, l.vals = append(l.keys, k), append(l.vals, x)
	}
	return l
}

func (l list[K, V]) with(k K, v V) list[K, V] {
	l.keys, l.vals = append(l.keys[:len(l.keys):len(l.keys)], k), append(l.vals[:len(l.vals):len(l.vals)], v)
	return l
}

func ignore[_ any, T fmt.Stringer](v T) string { return T.String(v) + v.String() }

func (p point) String() string { return fmt.Sprint("at ", p.x, ",", p.y) }

type graph[N node[E], E edge[N]] struct{ nodes []N }

type node[E any] interface{ edges() []E }

type edge[N any] interface{ ends() (N, N) }

func (g *graph[Nd, Ed]) count() (n int) {
	for _, d := range g.nodes {
		var es []Ed = d.edges()
		n += len(es)
	}
	return n
}

type (
	city struct{ roads []*road }
	road struct{ from, to *city }
)

func (c *city) edges() []*road       { return c.roads }
func (r *road) ends() (*city, *city) { return r.from, r.to }

type either[T []int | [3]int] struct{ val T }

func (e either[T]) second() int {
	p := &e.val[1]
	*p += e.val[0]
	return *p
}

type suite[T any] struct{ of T }

// A method of a generic type is used as a value.
func (s suite[T]) show(n int) string { return fmt.Sprint(n, s.of) }

// Main uses type parameters.
func Main() {
	show := suite[string]{"value"}.show
	fmt.Println(show(2))
	sent := make(chan any, 3)
	sent <- show(3)
	sent <- fmt.Errorf("error %d", len(sent))
	sent <- 4
	select {
	case token := <-make(chan struct{}):
		sent <- token
	default:
		done := make(chan struct{}, 1)
		select {
		case done <- struct{}{}:
		}
	}
	fmt.Println(<-sent, <-sent, <-sent)
	s, m, a := literals[*point]()
	fmt.Println(*s[0], *m["a"], *a[0])
	l := &list[string, fmt.Stringer]{}
	p := &point{6, 7} //trace:node
	l.add("a", p).
		add("b", point{8, 9}, p).
		add("c")
	w := l.with("d", p).with("e", nil)
	fmt.Println(l.len(), l.has("b"), l.has("c"), w.len(), w.vals)
	fmt.Println(ignore[int](p), ignore[string](*p))
	slice, array := either[[]int]{[]int{1, 2, 3}}, either[[3]int]{[3]int{4, 5, 6}}
	fmt.Println(slice.second(), slice.second(), array.second(), array.second())
	c, d := &city{}, &city{}
	c.roads = []*road{{c, d}, {d, c}}
	g := &graph[*city, *road]{[]*city{c, d}}
	fmt.Println(g.count())
}
