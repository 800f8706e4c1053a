package ranges

import "fmt"

var none *[3]int

func array() *[3]int { return none }

func panics(f func()) (what any) {
	defer func() { what = recover() }()
	f()
	return "returned"
}

// Main ranges over the lengths of arrays that are not there.
func Main() {
	n := 0
	var p *[4]int
	for i := range *p {
		n += i
	}
	for i := range p {
		n += i
	}
	for range *none {
		n++
	}
	for i, _ := range *p {
		n += i
	}
	for i := range [2]string{"a", "b"} {
		n += i
	}
	fmt.Println(n, len(*none), len(p))
	fmt.Println(panics(func() {
		for range *array() {
			n++
		}
	}))
	fmt.Println(panics(func() {
		for range array() {
			n++
		}
	}))
	fmt.Println(panics(func() { n = len(*array()) }), n)
	fmt.Println(panics(func() {
		for _, v := range p {
			n = v
		}
	}))
	a := [3]int{1, 2, 3}
	for i := range a {
		a[2-i] += a[i]
	}
	for i, v := range a {
		a[2] += v * i
	}
	fmt.Println(a)
}
