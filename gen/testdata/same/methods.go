package methods

import "fmt"

type base struct{ n int }

func (b *base) sum(v ...int) int {
	for _, x := range v {
		b.n += x
	}
	return b.n
}

func (b base) get() int { return b.n }

type outer struct{ *base }

type summer interface{ sum(...int) int }

// Main calls methods through expressions of their types.
func Main() {
	o := &outer{&base{1}}
	x := (*outer).sum(o, 1, 2)
	y := (*base).sum(o.base, x)
	z := outer.get(*o)
	(*outer).sum(o, z)
	fmt.Println(x, y, z, summer.sum(o, 1), (*base).get(o.base))
}
