package tape

// Once gives what sync.Once.Do or sync.OnceFunc calls in place of a function
// whose twin is tw. What that computes belongs to the program, not to the case
// that happened to come first: later cases use it too.
func Once(t *Tape, tw func(*Tape)) func() {
	return func() { tw(t.prog.top) }
}

// Once1 is sync.OnceValue, which once is, of a function whose twin is tw. The
// recorder knows the twin of what that gives: the node is the same for all
// calls.
func Once1[R0 any](t *Tape, once func(func() R0) func() R0, tw func(*Tape, *Ref) R0) func() R0 {
	var own Ref // written by the one call, before any call returns
	f := once(func() R0 { return tw(t.prog.top, &own) })
	t.prog.top.register(funcKeyOf(f), func(_ *Tape, o0 *Ref) R0 {
		Put(o0, 0)
		r0 := f()
		Put(o0, own)
		return r0
	})
	return f
}

// Once2 is Once1 for sync.OnceValues.
func Once2[R0, R1 any](t *Tape, once func(func() (R0, R1)) func() (R0, R1), tw func(*Tape, *Ref, *Ref) (R0, R1)) func() (R0, R1) {
	var own [2]Ref
	f := once(func() (R0, R1) { return tw(t.prog.top, &own[0], &own[1]) })
	t.prog.top.register(funcKeyOf(f), func(_ *Tape, o0, o1 *Ref) (R0, R1) {
		Put(o0, 0)
		Put(o1, 0)
		r0, r1 := f()
		Put(o0, own[0])
		Put(o1, own[1])
		return r0, r1
	})
	return f
}

// OnceVar0 gives what sync.OnceFunc calls, where it stands in the initialiser
// of a package variable: f, or its twin if something is recorded.
func OnceVar0(f func(), tw func(*Tape)) func() {
	if the == nil {
		return f
	}
	return Once(the.top, tw)
}

// OnceVar1 is Once1 in the initialiser of a package variable.
func OnceVar1[R0 any](once func(func() R0) func() R0, f func() R0, tw func(*Tape, *Ref) R0) func() R0 {
	if the == nil {
		return once(f)
	}
	return Once1(the.top, once, tw)
}

// OnceVar2 is OnceVar1 for sync.OnceValues.
func OnceVar2[R0, R1 any](once func(func() (R0, R1)) func() (R0, R1), f func() (R0, R1), tw func(*Tape, *Ref, *Ref) (R0, R1)) func() (R0, R1) {
	if the == nil {
		return once(f)
	}
	return Once2(the.top, once, tw)
}
