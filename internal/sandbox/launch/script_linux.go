package launch

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A call is one system call of a child. The assembly knows the offsets.
type call struct {
	number uintptr
	args   [6]uintptr
	want   uintptr // the result; anything: any but an error
	pass   uintptr // an error that is none
	skip   uintptr // with that error: bytes of calls that are left out
	to     uintptr // where the lower half of the result goes; 0: nowhere
	also   uintptr // a second such place
}

const anything = ^uintptr(0)

// An outcome is what a child says about its calls.
type outcome struct {
	at     uintptr // the address of the call
	failed uintptr // 0: it did not fail
	errno  uintptr // 0: the result is not the one that is wanted
}

// A script is what a child does.
type script struct {
	calls []call
	what  []string // each of them does, for errors
	links []link
	keep  []any // what the calls point to
	err   error // the first that making it up met
}

// A link makes the result of a call an argument of a later one.
type link struct{ from, to, arg int }

// A step is a call that was added last.
type step struct {
	s *script
	i int
}

// do adds a call, which has to succeed.
func (s *script) do(what string, number uintptr, args ...uintptr) step {
	c := call{number: number, want: anything}
	copy(c.args[:], args)
	s.calls = append(s.calls, c)
	s.what = append(s.what, what)
	return step{s, len(s.calls) - 1}
}

// fail notes an error of a preparation.
func (s *script) fail(what string, err error) {
	if err != nil && s.err == nil {
		s.err = &Error{what, err}
	}
}

// or lets the call fail with e. The next calls, skip of them, are left out then.
func (st step) or(e syscall.Errno, skip int) step {
	c := &st.s.calls[st.i]
	c.pass, c.skip = uintptr(e), uintptr(skip)*unsafe.Sizeof(call{})
	return st
}

// wants says what the result has to be.
func (st step) wants(n uintptr) step {
	st.s.calls[st.i].want = n
	return st
}

// gives makes the result the argument arg of the call that comes ahead calls later.
// There may be two such calls.
func (st step) gives(ahead, arg int) step {
	st.s.links = append(st.s.links, link{st.i, st.i + ahead, arg})
	return st
}

// into has the lower half of the result written to a place of four bytes, which
// something else keeps.
func (st step) into(place unsafe.Pointer) step {
	st.s.calls[st.i].to = uintptr(place)
	return st
}

// text is the address of a string as the kernel takes it.
func (s *script) text(t string) uintptr {
	p, err := syscall.BytePtrFromString(t)
	s.fail("preparing "+t, err)
	s.keep = append(s.keep, p)
	return uintptr(unsafe.Pointer(p))
}

// texts is the address of a list of strings.
func (s *script) texts(list []string) uintptr {
	p, err := syscall.SlicePtrFromStrings(list)
	if err != nil {
		s.fail("preparing arguments and environment", err)
		return 0
	}
	s.keep = append(s.keep, p)
	return uintptr(unsafe.Pointer(&p[0]))
}

// addr is the address of *p, which is kept.
func addr[T any](s *script, p *T) uintptr {
	s.keep = append(s.keep, p)
	return uintptr(unsafe.Pointer(p))
}

// ready puts the addresses in, after the last call was added.
func (s *script) ready() {
	for _, l := range s.links {
		from, place := &s.calls[l.from], uintptr(unsafe.Pointer(&s.calls[l.to].args[l.arg]))
		if from.to == 0 {
			from.to = place
		} else {
			from.also = place
		}
	}
}

// result says what became of the calls.
func (s *script) result(o *outcome) error {
	if o.at == 0 {
		return &Error{"starting a process", errEarly}
	}
	i := int((o.at - uintptr(unsafe.Pointer(&s.calls[0]))) / unsafe.Sizeof(call{}))
	switch {
	case o.failed != 0 && o.errno != 0:
		return &Error{s.what[i], syscall.Errno(o.errno)}
	case o.failed != 0:
		return &Error{s.what[i], errResult}
	case i < len(s.calls)-1: // the last one becomes the program
		return &Error{s.what[i], errEarly}
	}
	return nil
}

// What follows are calls that several parts need.

const workingDir = ^uintptr(-unix.AT_FDCWD - 1)

func (s *script) open(what, path string, flags uintptr) step {
	return s.do(what, unix.SYS_OPENAT, workingDir, s.text(path), flags|unix.O_CLOEXEC, 0o644)
}

func (s *script) mkdir(what, path string, mode uintptr) step {
	return s.do(what, unix.SYS_MKDIRAT, workingDir, s.text(path), mode)
}

func (s *script) mount(what, source, target, kind string, flags uintptr, options string) step {
	var data uintptr
	if options != "" {
		data = s.text(options)
	}
	return s.do(what, unix.SYS_MOUNT, s.text(source), s.text(target), s.text(kind), flags, data)
}
