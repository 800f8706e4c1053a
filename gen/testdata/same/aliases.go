package aliases

import "fmt"

// What a statement stores may lead elsewhere the second time: whoever looks
// there again after the statement, for what it read or stored, finds something
// else, or nothing at all.

type list struct {
	next *list
	v    int
}

// Main runs statements that change what they read their operands through.
func Main() {
	for _, f := range []func() string{permuted, throughAlias, ownTarget, aliasedIndex, cut, cutThroughAlias, swapped, counted, pointed, byMap, field} {
		fmt.Println(f())
	}
}

func permuted() string {
	n := 7 //trace:node
	s := []int{2, n, 1}
	u := s[1:]
	s[0] = 1
	u[1] = 9
	s[0] = u[s[0]]
	return fmt.Sprint(s)
}

func throughAlias() string {
	n := 7 //trace:node
	s := []int{0, n, 9}
	alias := s
	w := []int{n}
	s[0] = w[alias[0]] + n
	return fmt.Sprint(s)
}

func ownTarget() string {
	n := 9 //trace:node
	s := []int{0, 1}
	s[s[0]] = n
	return fmt.Sprint(s)
}

func aliasedIndex() string {
	n := 9 //trace:node
	s := []int{0, 1}
	i := 0
	p := &i
	*p = s[i] + n
	i = 0
	s[i], *p = n, n
	return fmt.Sprint(s, i)
}

func cut() string {
	n := 9 //trace:node
	l := &list{v: n}
	l.next = l
	l.next.next = nil
	return fmt.Sprint(l.v, l.next == nil)
}

func cutThroughAlias() string {
	n := 9 //trace:node
	l := &list{v: n}
	l.next = &list{next: &list{v: n}}
	m := l
	m.next = l.next.next
	m.next = l.next.next
	k := &list{v: n}
	k.next = k
	*k = list{v: k.next.v + n}
	return fmt.Sprint(l.next == nil, k.v)
}

func swapped() string {
	n := 5 //trace:node
	s := []int{5, 0, 0, 0, 0, n}
	i := s[1]
	s[i], i = n, s[i]
	s[s[0]], s[0] = 1, 100
	return fmt.Sprint(s, i)
}

func counted() string {
	n := 5 //trace:node
	s := []int{0, n}
	s[s[0]] += n
	t := []int{0, n}
	t[t[0]] -= t[1]
	return fmt.Sprint(s, t)
}

func pointed() string {
	n := 5 //trace:node
	a := [2]int{0, n}
	p := &a
	a[p[0]] = n
	b := [3]int{0, n, 1}
	q := &b[0]
	b[*q] = n
	return fmt.Sprint(a, b)
}

func byMap() string {
	n := 5 //trace:node
	m := map[string]*list{"a": {v: n}}
	m["a"].next = m["a"]
	m["a"].next.v, m["a"] = n, nil
	k := map[int]int{0: n}
	k[k[1]] = k[0] + 1
	return fmt.Sprint(len(m), k)
}

type holder struct{ in *struct{ at int } }

func field() string {
	n := 5 //trace:node
	h := holder{&struct{ at int }{0}}
	s := []int{n, 1}
	h.in.at = s[h.in.at] + n
	g := h
	g.in.at = 1
	*h.in = struct{ at int }{s[g.in.at] + 100}
	return fmt.Sprint(h.in.at)
}
