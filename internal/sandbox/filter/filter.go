// Package filter makes the seccomp filter of the sandbox: a program for the
// kernel that looks at every system call of a confined program.
//
// Ordinary calls are allowed. Denied is what starts processes, reaches others,
// changes what the system looks like, or opens a way around the other layers.
// Calls that are newer than the filter do not exist for the program.
package filter

import "errors"

// An Insn is an instruction of classic BPF, as the kernel has it.
type Insn struct {
	Code   uint16
	Jt, Jf uint8
	K      uint32
}

// Options say what the filter allows beside ordinary calls.
type Options struct {
	Arch string // as GOARCH

	// Exec is the one address at which the name of what execveat starts may
	// lie. The program does not know it, so it can start nothing. 0: anywhere.
	Exec uint64

	Loopback bool // sockets of the Internet and Unix families
	Metadata bool // change modes, owners and times of files
	Own      bool // signals go to the program itself, and nowhere else
}

// A Program is a filter.
type Program struct {
	Insns []Insn

	// Own are the instructions that compare with the number of the program's
	// process. It is to be put into their K.
	Own []int
}

// ErrArch says that there is no filter for an architecture.
var ErrArch = errors.New("no system call filter for this architecture")

// Known reports whether there is a filter for an architecture.
func Known(arch string) bool { _, ok := archs[arch]; return ok }

var archs = map[string]struct {
	audit  uint32
	column int
	x32    bool // has a second set of numbers
}{
	"amd64": {0xC000003E, 0, true},
	"arm64": {0xC00000B7, 1, false},
}

const (
	newest = 462 // mseal, the last call that was looked at; later ones are the same everywhere

	eperm  = 1
	enosys = 38

	retAllow = 0x7fff0000
	retErrno = 0x00050000
	retKill  = 0x80000000 // the whole process

	x32Bit = 0x40000000
)

const (
	load   = 0x20 // ld [k]
	and    = 0x54
	jumpEq = 0x15
	jumpGt = 0x25
	jumpGe = 0x35
	jumpIn = 0x45 // jset
	ret    = 0x06
)

// Offsets in struct seccomp_data. Both architectures are little-endian.
const (
	offNumber = 0
	offArch   = 4
)

func low(arg int) uint32  { return uint32(16 + 8*arg) }
func high(arg int) uint32 { return low(arg) + 4 }

// Flags that calls are told apart by.
const (
	cloneThread = 0x00010000
	cloneNew    = 0x7E020080 // all namespaces

	mapSharedAnonymous = 0x21

	prSetPdeathsig = 1

	tiocsti   = 0x5412
	tioclinux = 0x541C

	afUnix, afInet, afInet6 = 1, 2, 10
)

// Build makes the filter.
func Build(o Options) (*Program, error) {
	arch, ok := archs[o.Arch]
	if !ok {
		return nil, ErrArch
	}
	b := &builder{column: arch.column}
	b.add(load, offArch)
	b.jump(jumpEq, arch.audit, 1, 0)
	b.add(ret, retKill)
	b.add(load, offNumber)
	if arch.x32 {
		b.jump(jumpGe, x32Bit, 0, 1)
		b.add(ret, retErrno|enosys)
	}
	b.jump(jumpGt, newest, 0, 1)
	b.add(ret, retErrno|enosys)

	for _, name := range denied {
		b.deny(name)
	}
	if !o.Metadata {
		for _, name := range metadata {
			b.deny(name)
		}
	}
	// A Go program then uses clone, whose flags can be looked at.
	b.call("clone3", func() { b.add(ret, retErrno|enosys) })
	b.call("clone", func() {
		b.add(load, low(0))
		b.jump(jumpIn, cloneThread, 1, 0)
		b.add(ret, retErrno|eperm)
		b.jump(jumpIn, cloneNew, 0, 1)
		b.add(ret, retErrno|eperm)
	})
	// Such memory is not counted as data of the process, so nothing limits it.
	b.call("mmap", func() {
		b.add(load, low(3))
		b.add(and, mapSharedAnonymous)
		b.refuse(jumpEq, mapSharedAnonymous)
	})
	b.call("prctl", func() { // it dies with whoever started it
		b.add(load, low(0))
		b.refuse(jumpEq, prSetPdeathsig)
	})
	b.call("ioctl", func() { // text typed into a terminal
		b.add(load, low(1))
		b.refuse(jumpEq, tiocsti)
		b.refuse(jumpEq, tioclinux)
	})
	b.call("prlimit64", func() { // of itself only
		b.add(load, low(0))
		if o.Own {
			b.own(0)
		} else {
			b.only(0)
		}
	})
	if o.Own {
		for _, name := range []string{"kill", "tgkill", "rt_tgsigqueueinfo", "rt_sigqueueinfo"} {
			b.call(name, func() {
				b.add(load, low(0))
				b.own()
			})
		}
		b.deny("tkill")
	}
	if o.Exec == 0 {
		b.deny("execveat")
	} else {
		b.deny("execve")
		b.call("execveat", func() {
			b.add(load, low(1))
			b.only(uint32(o.Exec))
			b.add(load, high(1))
			b.only(uint32(o.Exec >> 32))
		})
	}
	if o.Loopback {
		b.call("socket", func() {
			b.add(load, low(0))
			b.only(afUnix, afInet, afInet6)
		})
	} else {
		b.deny("socket")
		b.deny("socketpair")
	}
	b.add(ret, retAllow)
	return &Program{b.prog, b.places}, nil
}

type builder struct {
	column int
	prog   []Insn
	places []int // of the number of the process
}

func (b *builder) add(code uint16, k uint32) { b.prog = append(b.prog, Insn{Code: code, K: k}) }

func (b *builder) jump(code uint16, k uint32, jt, jf uint8) {
	b.prog = append(b.prog, Insn{Code: code, Jt: jt, Jf: jf, K: k})
}

// refuse denies the call if what is loaded compares so.
func (b *builder) refuse(code uint16, k uint32) {
	b.jump(code, k, 0, 1)
	b.add(ret, retErrno|eperm)
}

// only denies the call unless what is loaded is one of values.
func (b *builder) only(values ...uint32) {
	for i, v := range values {
		b.jump(jumpEq, v, uint8(len(values)-i), 0)
	}
	b.add(ret, retErrno|eperm)
}

// own is only with the number of the process as a further value.
func (b *builder) own(values ...uint32) {
	b.only(append(values, 0)...)
	b.places = append(b.places, len(b.prog)-2)
}

func (b *builder) deny(name string) {
	b.call(name, func() { b.add(ret, retErrno|eperm) })
}

// call writes what decides about one call. Behind it the call is allowed.
func (b *builder) call(name string, body func()) {
	pair, ok := numbers[name]
	if !ok {
		panic("filter: no number of " + name)
	}
	if pair[b.column] == none {
		return
	}
	at := len(b.prog)
	b.jump(jumpEq, pair[b.column], 0, 0)
	body()
	if last := b.prog[len(b.prog)-1]; last.Code != ret || len(b.prog)-at > 2 {
		b.add(ret, retAllow)
	}
	b.prog[at].Jf = uint8(len(b.prog) - at - 1)
}
