package names

import "fmt"

const (
	true  = "yes"
	false = 0
)

type pair struct{ a, b any }

func show(v ...any) { fmt.Println(v...) }

// Main uses predeclared names for other things.
func Main() {
	len := func(s string) string { return s + "!" }
	append, copy, panic := "a", "b", len("c")
	p := pair{true, false}
	show(append+copy+panic, p, true, false)
	local()
}

func local() { // opaque: another nil is declared
	nil, string := 1, 2
	show(nil + string)
}
