package tape

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
)

// Main returns the tape of a main function, nil when nothing is recorded.
// The caller defers Close.
func Main() *Tape {
	if the == nil {
		return nil
	}
	the.mu.Lock()
	test := the.cases > 0
	the.isMain = the.isMain || !test
	the.mu.Unlock()
	if test {
		return Active() // a test calls main; the program goes on after it
	}
	the.drain() // from now on the file shows that the program ran
	return the.top
}

// Close writes what the program recorded, at the return or panic of main. It is
// deferred, and does not recover: how a program fails is not ours to change.
// A nil tape has nothing to write.
func (t *Tape) Close() {
	if t == nil {
		return
	}
	t.prog.drain()
	if !t.prog.isMain {
		return
	}
	t.left(leaving())
}

// left ends the case of a function without a test that is being left in the way
// that leaving found.
func (t *Tape) left(way int, at runtime.Frame) {
	switch way {
	case returns:
		t.sayPrinted()
		t.end("pass")
	case panics, fails:
		r, text := t.pending, "panic"
		if r == 0 {
			if way == panics {
				r = t.raisedBy(at)
			}
			if at.File != "" {
				text = fmt.Sprintf("panic at %s:%d", filepath.Base(at.File), at.Line)
			}
		}
		t.feedback(r, text)
		t.end("fail")
	case exits:
		// The other goroutines go on, and record.
	}
}

// Ways to leave a function.
const (
	returns = iota
	panics  // by a panic statement
	fails   // by a runtime error
	exits   // by runtime.Goexit
)

// leaving tells from the stack how the caller of its caller is being left, a main
// function or an example; at is where it panics.
// No more than that can be known without recovering.
func leaving() (way int, at runtime.Frame) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case way == returns && f.Function == "runtime.Goexit":
			return exits, f
		case way == returns && f.Function == "runtime.gopanic":
			way = panics
		case way == returns && f.Function == "runtime.main":
			return returns, f
		case way == returns:
		case strings.HasPrefix(f.Function, "runtime."):
			way = fails
		default:
			return way, f
		}
	}
	return way, at
}

// Pause stops recording at plain entries until the function that it returns
// is called: the caller looks at what a recording changes, such as the
// allocations of what it calls.
func Pause() func() {
	atomic.AddInt32(&busy, 1)
	return resume
}

func resume() { atomic.AddInt32(&busy, -1) }

// Exit stands around the argument of os.Exit: it writes what was recorded.
func Exit(code int) int {
	if the != nil {
		the.drain()
		if the.isMain {
			result := "pass"
			if code != 0 {
				result = "fail"
			}
			the.top.end(result)
		}
	}
	return code
}

// Sync writes what was recorded, before a call or a return that ends the program.
func Sync() {
	if the != nil {
		the.drain()
		if the.isMain {
			the.top.end("fail")
		}
	}
}
