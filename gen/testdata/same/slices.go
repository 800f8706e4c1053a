package slices

import "fmt"

type bytes []byte

func (b bytes) String() string { return "bytes " + string(b) }

type stack[T any] []T

func (s *stack[T]) push(v T) { *s = append(*s, v) }

func grow[S ~[]E, E any](s S, v ...E) S {
	if len(v) == 1 {
		return append(s, v[0])
	}
	return append(s, v...)
}

// Main appends to slices of named types, which an interface shows.
func Main() {
	b := append(bytes("a"), 'b')
	fmt.Println(b, append(b, 'c'), append(b, b...), append(b, "d"...))
	var x any = append(b, 'x')
	fmt.Printf("%T %T\n", x, append([]byte(b), 'y'))
	var s stack[int]
	s.push(1)
	s.push(2)
	fmt.Printf("%T %v %T\n", s, s, append(s, 3))
	fmt.Printf("%T %v\n", grow(b, 'z'), grow(grow(b), 'q', 'r'))
	b = append(
		b,
		grow(b, 'l')..., // the line ends here
	)
	fmt.Println(b)
}
