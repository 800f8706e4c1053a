package cut

import (
	"encoding/json"
	"fmt"
	"sort"
)

// A call may cut the way to what it was given.

type node struct {
	next *node
	vals []int
	n    int
}

func (n *node) UnmarshalJSON(b []byte) error {
	root.next, root.vals = nil, nil
	n.n += len(b)
	return nil
}

var root *node

func fresh() *node {
	root = &node{next: &node{next: &node{n: 2}, vals: []int{2, 1}}, vals: []int{4, 3}}
	return root
}

// sorted sorts what it is given, and cuts the way there.
func sorted(i, j int) bool {
	if root.next != nil {
		root.vals, root.next = root.next.vals, nil
	}
	return root.vals[i] < root.vals[j]
}

// Main does.
func Main() {
	n := 7 //trace:node
	data := fmt.Appendf(nil, "%d", n)
	p := fresh()
	err := json.Unmarshal(data, p.next.next)
	fmt.Println("defined", err, p)
	p = fresh()
	json.Unmarshal(data, p.next.next)
	fmt.Println("alone", p)
	p = fresh()
	if json.Unmarshal(data, p.next.next) == nil {
		fmt.Println("condition", p)
	}
	p = fresh()
	if err := json.Unmarshal(data, &p.next.next); err == nil {
		fmt.Println("address", p)
	}
	p = fresh()
	fmt.Println("operands", json.Unmarshal(data, p.next.next) == nil && json.Unmarshal(data, p) == nil, p)
	p = fresh()
	p.next.vals[0] = n
	sort.Slice(p.next.vals, sorted)
	fmt.Println("sorted", p)
	p = fresh()
	p.next.vals[0] = n
	sort.Slice(root.next.
		vals, sorted)
	fmt.Println("two lines", p.vals)

	p = fresh()
	f := func(q *node) { root, p = nil, nil; q.n += n }
	g := []func(*node){f}
	g[0](p.next)
	defer func() { fmt.Println(recover()) }()
	p = fresh()
	p.next = nil
	fmt.Println(json.Unmarshal(data, p.next.next))
}
