package order

import "fmt"

// The order in which these variables are initialised depends on what the
// functions mention.
var (
	x = 0
	a = count()
	b = x

	first  = later("first", &last)
	second = later("second")
	last   = []string{"last"}
)

var log []string

func count() int {
	x++
	return x
}

func later(name string, uses ...any) int {
	log = append(log, name)
	return len(log)
}

// Main shows in which order the package was initialised.
func Main() { fmt.Println(a, b, x, first, second, last, log) }
