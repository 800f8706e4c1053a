package trace

import (
	"fmt"

	"github.com/opto-go/trace/runtime/tracefile"
)

// The operators below compute what Go's operator of the same meaning computes
// and record it. Where that panics (division of integers by zero, an index out
// of range, a negative shift, interfaces that cannot be compared) they panic
// with a *Raised of the same runtime.Error, which Exception turns into a node.

func unary[T, R any](op string, a *Node[T], v R) *Node[R] {
	return newNode(tracefile.KindOp, op, v, inputs(a))
}

func binary[T, U, R any](op string, a *Node[T], b *Node[U], v R) *Node[R] {
	return newNode(tracefile.KindOp, op, v, inputs(a, b))
}

// Add is a + b, of strings too.
func Add[T Addable](a, b *Node[T]) *Node[T] { return binary("+", a, b, a.Value()+b.Value()) }

// Sub is a - b.
func Sub[T Number](a, b *Node[T]) *Node[T] { return binary("-", a, b, a.Value()-b.Value()) }

// Mul is a * b.
func Mul[T Number](a, b *Node[T]) *Node[T] { return binary("*", a, b, a.Value()*b.Value()) }

// Div is a / b.
func Div[T Number](a, b *Node[T]) *Node[T] {
	defer observe("/", inputs(a, b))
	return binary("/", a, b, a.Value()/b.Value())
}

// Rem is a % b.
func Rem[T Integer](a, b *Node[T]) *Node[T] {
	defer observe("%", inputs(a, b))
	return binary("%", a, b, a.Value()%b.Value())
}

// Neg is -a.
func Neg[T Number](a *Node[T]) *Node[T] { return unary("-", a, -a.Value()) }

// Not is !a.
func Not[T ~bool](a *Node[T]) *Node[T] { return unary("!", a, !a.Value()) }

// And is a && b. Both are values already: nothing is short-circuited.
func And[T ~bool](a, b *Node[T]) *Node[T] { return binary("&&", a, b, a.Value() && b.Value()) }

// Or is a || b. Both are values already: nothing is short-circuited.
func Or[T ~bool](a, b *Node[T]) *Node[T] { return binary("||", a, b, a.Value() || b.Value()) }

// Eq is a == b.
func Eq[T comparable](a, b *Node[T]) *Node[bool] {
	defer observe("==", inputs(a, b)) // of interfaces that hold slices
	return binary("==", a, b, a.Value() == b.Value())
}

// Ne is a != b.
func Ne[T comparable](a, b *Node[T]) *Node[bool] {
	defer observe("!=", inputs(a, b)) // of interfaces that hold slices
	return binary("!=", a, b, a.Value() != b.Value())
}

// Lt is a < b.
func Lt[T Ordered](a, b *Node[T]) *Node[bool] { return binary("<", a, b, a.Value() < b.Value()) }

// Le is a <= b.
func Le[T Ordered](a, b *Node[T]) *Node[bool] { return binary("<=", a, b, a.Value() <= b.Value()) }

// Gt is a > b.
func Gt[T Ordered](a, b *Node[T]) *Node[bool] { return binary(">", a, b, a.Value() > b.Value()) }

// Ge is a >= b.
func Ge[T Ordered](a, b *Node[T]) *Node[bool] { return binary(">=", a, b, a.Value() >= b.Value()) }

// BitAnd is a & b.
func BitAnd[T Integer](a, b *Node[T]) *Node[T] { return binary("&", a, b, a.Value()&b.Value()) }

// BitOr is a | b.
func BitOr[T Integer](a, b *Node[T]) *Node[T] { return binary("|", a, b, a.Value()|b.Value()) }

// BitXor is a ^ b.
func BitXor[T Integer](a, b *Node[T]) *Node[T] { return binary("^", a, b, a.Value()^b.Value()) }

// BitClear is a &^ b.
func BitClear[T Integer](a, b *Node[T]) *Node[T] { return binary("&^", a, b, a.Value()&^b.Value()) }

// BitNot is ^a.
func BitNot[T Integer](a *Node[T]) *Node[T] { return unary("^", a, ^a.Value()) }

// Shl is a << n.
func Shl[T, N Integer](a *Node[T], n *Node[N]) *Node[T] {
	defer observe("<<", inputs(a, n))
	return binary("<<", a, n, a.Value()<<n.Value())
}

// Shr is a >> n.
func Shr[T, N Integer](a *Node[T], n *Node[N]) *Node[T] {
	defer observe(">>", inputs(a, n))
	return binary(">>", a, n, a.Value()>>n.Value())
}

// Convert is To(a) for numbers: trace.Convert[float64](n).
func Convert[To, From Real](a *Node[From]) *Node[To] {
	v := To(a.Value())
	n := unary("", a, v)
	n.op = n.typeString()
	return n
}

// ConvertString is To(a) for strings and byte slices:
// trace.ConvertString[string](data).
func ConvertString[To, From ~string | ~[]byte](a *Node[From]) *Node[To] {
	v := To(a.Value())
	n := unary("", a, v)
	n.op = n.typeString()
	return n
}

// As is n as a node of another static type: of an interface that its value
// implements, or of the type that an interface holds, as in n.(T). It is the same
// node; nothing is recorded. Wrappers of functions that take an interface want
// it: traceEncode(trace.As[any](x)). Like an assertion it panics if the value is
// no T.
func As[T any](n AnyNode) *Node[T] {
	v := inputs(n)[0]
	if v == nil {
		return nil
	}
	as := &Node[T]{vertex: *v}
	if value := n.content(); value != nil {
		defer observe(".("+as.typeString()+")", []*vertex{v})
		as.value = value.(T)
	}
	return as
}

// Index is s[i].
func Index[S ~[]E, E any, I Integer](s *Node[S], i *Node[I]) *Node[E] {
	defer observe("[]", inputs(s, i))
	return binary("[]", s, i, s.Value()[i.Value()])
}

// IndexString is s[i] of a string: a byte.
func IndexString[S ~string, I Integer](s *Node[S], i *Node[I]) *Node[byte] {
	defer observe("[]", inputs(s, i))
	return binary("[]", s, i, s.Value()[i.Value()])
}

// Lookup is m[k].
func Lookup[M ~map[K]V, K comparable, V any](m *Node[M], k *Node[K]) *Node[V] {
	defer observe("[]", inputs(m, k))
	return binary("[]", m, k, m.Value()[k.Value()])
}

// Field is a field of a struct, or of what a pointer to one refers to. Go
// cannot name a field in general, so a function gets it:
//
//	x := trace.Field(shot, "X", func(c Coord) int { return c.X })
func Field[S, F any](s *Node[S], name string, get func(S) F) *Node[F] {
	defer observe("."+name, inputs(s)) // of a nil pointer
	return unary("."+name, s, get(s.Value()))
}

// Deref is *p.
func Deref[T any](p *Node[*T]) *Node[T] {
	defer observe("*", inputs(p))
	return unary("*", p, *p.Value())
}

// Slice is s[low:high].
func Slice[S ~[]E, E any, I Integer](s *Node[S], low, high *Node[I]) *Node[S] {
	in := inputs(s, low, high)
	defer observe("[:]", in)
	return newNode(tracefile.KindOp, "[:]", s.Value()[low.Value():high.Value()], in)
}

// Substring is s[low:high] for strings.
func Substring[S ~string, I Integer](s *Node[S], low, high *Node[I]) *Node[S] {
	in := inputs(s, low, high)
	defer observe("[:]", in)
	return newNode(tracefile.KindOp, "[:]", s.Value()[low.Value():high.Value()], in)
}

// Append is append(s, elems...). Unlike Go's it always copies: the value of a
// node does not change.
func Append[S ~[]E, E any](s *Node[S], elems ...*Node[E]) *Node[S] {
	old := s.Value()
	v := old[:len(old):len(old)]
	in := make([]AnyNode, 1, 1+len(elems))
	in[0] = s
	for _, e := range elems {
		v = append(v, e.Value())
		in = append(in, e)
	}
	return newNode(tracefile.KindOp, "append", v, inputs(in...))
}

// Len is len(s) of a slice.
func Len[S ~[]E, E any](s *Node[S]) *Node[int] { return unary("len", s, len(s.Value())) }

// LenString is len(s) of a string.
func LenString[S ~string](s *Node[S]) *Node[int] { return unary("len", s, len(s.Value())) }

// LenMap is len(m) of a map.
func LenMap[M ~map[K]V, K comparable, V any](m *Node[M]) *Node[int] {
	return unary("len", m, len(m.Value()))
}

// Concat joins strings.
func Concat[S ~string](parts ...*Node[S]) *Node[S] {
	size := 0
	for _, p := range parts {
		size += len(p.Value())
	}
	buf := make([]byte, 0, size)
	in := make([]AnyNode, 0, len(parts))
	for _, p := range parts {
		buf = append(buf, p.Value()...)
		in = append(in, p)
	}
	return newNode(tracefile.KindOp, "concat", S(buf), inputs(in...))
}

// Sprintf is fmt.Sprintf of the values of nodes. The format is a node too,
// because it is so often the parameter: a prompt template.
func Sprintf[S ~string](format *Node[S], args ...AnyNode) *Node[string] {
	values := make([]any, len(args))
	in := make([]AnyNode, 1, 1+len(args))
	in[0] = format
	for i, a := range args {
		if a != nil {
			values[i] = a.content()
		}
		in = append(in, a)
	}
	return newNode(tracefile.KindOp, "fmt.Sprintf", fmt.Sprintf(string(format.Value()), values...), inputs(in...))
}
