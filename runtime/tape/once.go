package tape

// Once gives what sync.Once.Do calls in place of a function whose twin is tw.
// What that computes belongs to the program, not to the case that happened to
// come first: later cases use it too.
func Once(t *Tape, tw func(*Tape)) func() {
	return func() { tw(t.prog.top) }
}
