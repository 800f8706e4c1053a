package labels

import "fmt"

type scanner struct {
	text []string
	at   int
}

func (s *scanner) peek() string {
	if s.at == len(s.text) {
		return ""
	}
	return s.text[s.at]
}

func (s *scanner) next() string {
	t := s.peek()
	s.at++
	return t
}

// A goto to a statement with an init statement executes that again.
func (s *scanner) names() (names []string) {
again:
	if n := s.peek(); n != "" && n != "=" {
		s.next()
		names = append(names, n)
		if s.peek() == "," {
			s.next()
			goto again
		}
	}
	return names
}

// Here the label is for goto and for break.
func (s *scanner) upTo(end string) (n int) {
again:
	switch t := s.next(); t {
	case end, "":
		break again
	case ",":
		goto again
	default:
		n += len(t)
		for {
			if t == s.peek() {
				break again
			}
			goto again
		}
	}
	return n
}

func (s *scanner) kinds(vs ...any) (n int) {
	i := 0
again:
	switch v := vs[i].(type) {
	case int:
		if i++; i < len(vs) {
			goto again
		}
		n += v
	case string:
		if v == "stop" {
			break again
		}
		n += len(v)
		i++
		goto again
	}
	return n
}

func loops(n int) (sum int) {
	round := 0
outer:
	for i, inc := 0, round+1; i < n; i += inc {
		for j := range n {
			if j > i {
				continue outer
			}
			if sum += i * j; sum > 40 {
				break outer
			}
		}
	}
	if round++; round < 4 {
		goto outer
	}
	return sum
}

// What is noted before a statement is noted again.
func steps(x, y int) int {
	var f func() int
	k := 0
next:
	z := func() int { return x + y }
	f = z
	x, y = y, x+y
	if k++; k < 5 {
		goto next
	}
	return f()
}

// Main shows what each comes to.
func Main() {
	s := &scanner{text: []string{"a", ",", "b", ",", "c", "=", "d", "ef", ",", "ef", "x", "x", "y"}}
	fmt.Println(s.names(), s.at)
	fmt.Println(s.upTo("y"), s.at)
	fmt.Println(s.kinds(1, "two", 3, "stop"), s.kinds(1, 2), s.kinds(2, "three", 1.5))
	fmt.Println(loops(3), loops(9), steps(1, 1))
}
