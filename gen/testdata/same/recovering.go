package recovering

import "fmt"

func must(want any) { // opaque: recovers for its caller
	if v := recover(); v != want {
		fmt.Println("recovered", v, "want", want)
	}
}

// Main panics in sequence.
func Main() {
	sequence()
	nested()
	fmt.Println("done")
}

func sequence() { // opaque: defers recover itself
	defer must(nil)
	defer func() {
		defer recover()
		defer must(3)
		panic(3)
	}()
	panic(2)
}

func nested() {
	defer must(1)
	defer func() {
		defer must(2)
		panic(2)
	}()
	panic(1)
}
