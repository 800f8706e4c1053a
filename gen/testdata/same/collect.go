package collect

import (
	"fmt"
	"runtime"
)

type thing struct{ a, b, c int }

// Main waits for objects to be collected, which a recording would keep.
func Main() { // opaque: calls collected, which observes garbage collection
	gone := make(chan bool)
	t := made(gone) //trace:node
	fmt.Println(t.a)
	t = nil
	collected(gone)
}

func made(gone chan bool) *thing {
	t := &thing{a: 1} //trace:node
	runtime.AddCleanup(t, func(int) { close(gone) }, 0)
	return t
}

func collected(gone chan bool) { // opaque: observes garbage collection
	runtime.GC()
	<-gone
	fmt.Println("collected")
}
