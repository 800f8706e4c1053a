package tape

import "sync/atomic"

// Main returns the tape of a main function, nil when nothing is recorded.
// The caller defers Close.
func Main() *Tape {
	if the != nil {
		the.isMain = true
	}
	return Init()
}

// Close writes what the program recorded, at the return or panic of main.
// A nil tape has nothing to write.
func (t *Tape) Close() {
	if t == nil {
		return
	}
	t.prog.drain()
	if t.pending != 0 {
		t.feedback(t.pending, "panic")
		t.end("fail")
		return
	}
	t.end("pass")
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

// Sync writes what was recorded, before a call that ends the program.
func Sync() {
	if the != nil {
		the.drain()
		if the.isMain {
			the.top.end("fail")
		}
	}
}
