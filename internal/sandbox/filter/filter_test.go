package filter

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// run interprets a filter as the kernel does.
func run(t *testing.T, prog []Insn, arch, number uint32, args ...uint64) uint32 {
	t.Helper()
	var data [64]byte
	binary.LittleEndian.PutUint32(data[0:], number)
	binary.LittleEndian.PutUint32(data[4:], arch)
	for i, a := range args {
		binary.LittleEndian.PutUint64(data[16+8*i:], a)
	}
	var acc uint32
	for pc := 0; ; pc++ {
		if pc >= len(prog) {
			t.Fatalf("the program runs off its end")
		}
		in := prog[pc]
		jump := func(yes bool) {
			if yes {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		}
		switch in.Code {
		case load:
			acc = binary.LittleEndian.Uint32(data[in.K:])
		case and:
			acc &= in.K
		case jumpEq:
			jump(acc == in.K)
		case jumpGt:
			jump(acc > in.K)
		case jumpGe:
			jump(acc >= in.K)
		case jumpIn:
			jump(acc&in.K != 0)
		case ret:
			return in.K
		default:
			t.Fatalf("instruction %d has the unknown code %#x", pc, in.Code)
		}
	}
}

const (
	allowed = uint32(retAllow)
	eperms  = uint32(retErrno | eperm)
	enosyss = uint32(retErrno | enosys)
	killed  = uint32(retKill)
)

const ownPID = 77

func build(t *testing.T, o Options) []Insn {
	t.Helper()
	prog, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(prog.Insns) > 4096 {
		t.Fatalf("%d instructions: the kernel takes 4096", len(prog.Insns))
	}
	for _, i := range prog.Own {
		if in := prog.Insns[i]; in.Code != jumpEq || in.K != 0 {
			t.Fatalf("instruction %d is %v and compares with no process", i, in)
		}
		prog.Insns[i].K = ownPID
	}
	return prog.Insns
}

func TestFilter(t *testing.T) {
	const secret = 0x1234_5678_9000
	strict := Options{Exec: secret, Own: true}
	loopback := Options{Exec: secret, Loopback: true, Metadata: true}
	type call struct {
		opt  Options
		name string
		args []uint64
		want uint32
	}
	calls := []call{
		{strict, "clone", []uint64{0x3d0f00}, allowed}, // as the Go runtime starts a thread
		{strict, "clone", []uint64{17}, eperms},
		{strict, "clone", []uint64{0x4111}, eperms},               // vfork
		{strict, "clone", []uint64{0x3d0f00 | 1<<28}, eperms},     // with a new user namespace
		{strict, "clone", []uint64{0x3d0f00 | 0x80}, eperms},      // time namespace
		{strict, "clone", []uint64{17 | cloneThread<<32}, eperms}, // only the lower half counts for the kernel
		{strict, "clone3", nil, enosyss},
		{strict, "mmap", []uint64{0, 4096, 3, 0x22}, allowed},
		{strict, "mmap", []uint64{0, 4096, 3, 0x21}, eperms},
		{strict, "mmap", []uint64{0, 4096, 3, 0x23}, eperms},  // MAP_SHARED_VALIDATE
		{strict, "mmap", []uint64{0, 4096, 1, 0x01}, allowed}, // a file
		{strict, "prctl", []uint64{1, 0}, eperms},
		{strict, "prctl", []uint64{15, 0}, allowed},
		{strict, "ioctl", []uint64{0, tiocsti}, eperms},
		{strict, "ioctl", []uint64{0, tioclinux}, eperms},
		{strict, "ioctl", []uint64{0, 0x5401}, allowed},
		{strict, "prlimit64", []uint64{0}, allowed},
		{strict, "prlimit64", []uint64{77}, allowed},
		{strict, "prlimit64", []uint64{78}, eperms},
		{strict, "kill", []uint64{77}, allowed},
		{strict, "kill", []uint64{78}, eperms},
		{strict, "kill", []uint64{^uint64(0)}, eperms},
		{strict, "tgkill", []uint64{77, 78}, allowed},
		{strict, "tgkill", []uint64{1, 1}, eperms},
		{strict, "tkill", []uint64{77}, eperms},
		{strict, "rt_sigqueueinfo", []uint64{1}, eperms},
		{loopback, "kill", []uint64{1}, allowed},
		{loopback, "prlimit64", []uint64{1}, eperms},
		{strict, "execve", []uint64{secret}, eperms},
		{strict, "execveat", []uint64{5, secret}, allowed},
		{strict, "execveat", []uint64{5, secret + 1}, eperms},
		{strict, "execveat", []uint64{5, secret & 0xffffffff}, eperms},
		{strict, "execveat", []uint64{5, secret | 1<<50}, eperms},
		{strict, "socket", []uint64{2, 1}, eperms},
		{strict, "socketpair", []uint64{1}, eperms},
		{loopback, "socket", []uint64{1}, allowed},
		{loopback, "socket", []uint64{2}, allowed},
		{loopback, "socket", []uint64{10}, allowed},
		{loopback, "socket", []uint64{16}, eperms}, // netlink
		{loopback, "socket", []uint64{17}, eperms}, // packet
		{loopback, "socket", []uint64{38}, eperms}, // the kernel's cryptography
		{loopback, "socket", []uint64{40}, eperms}, // the host of a virtual machine
		{loopback, "socketpair", []uint64{1}, allowed},
		{strict, "fchmodat", nil, eperms},
		{strict, "utimensat", nil, eperms},
		{loopback, "fchmodat", nil, allowed},
		{loopback, "utimensat", nil, allowed},
	}
	for _, name := range denied {
		calls = append(calls, call{strict, name, nil, eperms}, call{loopback, name, nil, eperms})
	}
	for _, name := range metadata {
		calls = append(calls, call{strict, name, nil, eperms}, call{loopback, name, nil, allowed})
	}
	for arch, a := range archs {
		for _, c := range calls {
			n := numbers[c.name][a.column]
			if n == none {
				continue
			}
			c.opt.Arch = arch
			if got := run(t, build(t, c.opt), a.audit, n, c.args...); got != c.want {
				t.Errorf("%s: %s%x: %#x, want %#x", arch, c.name, c.args, got, c.want)
			}
		}
	}
}

// What an ordinary program does is allowed, by its number.
func TestOrdinary(t *testing.T) {
	ordinary := map[string][]uint32{
		// read, write, close, fstat, lseek, munmap, brk, rt_sigaction, sigaltstack, madvise, nanosleep,
		// getpid, exit, exit_group, futex, epoll_pwait, openat, pipe2, getrandom, mkdirat, unlinkat
		"amd64": {0, 1, 3, 5, 8, 11, 12, 13, 131, 28, 35, 39, 60, 231, 202, 281, 257, 293, 318, 258, 263},
		"arm64": {63, 64, 57, 80, 62, 215, 214, 134, 132, 233, 101, 172, 93, 94, 98, 22, 56, 59, 278, 34, 35},
	}
	for arch, list := range ordinary {
		for _, n := range list {
			if got := run(t, build(t, Options{Arch: arch, Own: true}), archs[arch].audit, n); got != allowed {
				t.Errorf("%s: call %d: %#x", arch, n, got)
			}
		}
	}
}

// Numbers that mean something else are not mistaken for those of the table.
func TestOtherNumbers(t *testing.T) {
	for arch, a := range archs {
		prog := build(t, Options{Arch: arch})
		for _, c := range []struct {
			name   string
			audit  uint32
			number uint32
			want   uint32
		}{
			{"a call of another architecture", 0x40000003, 1, killed},
			{"newer than the filter", a.audit, newest + 1, enosyss},
			{"no number at all", a.audit, ^uint32(0), enosyss},
			{"the newest that is known", a.audit, newest, allowed},
		} {
			if got := run(t, prog, c.audit, c.number); got != c.want {
				t.Errorf("%s: %s: %#x, want %#x", arch, c.name, got, c.want)
			}
		}
	}
	prog := build(t, Options{Arch: "amd64"})
	for n := uint32(0); n < 600; n++ {
		if got := run(t, prog, archs["amd64"].audit, n|x32Bit); got != enosyss {
			t.Fatalf("x32 call %d: %#x", n, got)
		}
	}
}

func TestUnknownArch(t *testing.T) {
	if _, err := Build(Options{Arch: "mips"}); err != ErrArch || Known("mips") || !Known("arm64") {
		t.Error(err)
	}
}

// Every call has its own number on both architectures.
func TestNumbers(t *testing.T) {
	seen := map[string]string{}
	for name, pair := range numbers {
		for column, n := range pair {
			if n == none {
				continue
			}
			key := fmt.Sprint(column, n)
			if other, ok := seen[key]; ok || n > newest {
				t.Errorf("%s and %s have the number %d", name, other, n)
			}
			seen[key] = name
		}
	}
}
