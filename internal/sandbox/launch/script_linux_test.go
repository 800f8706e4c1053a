//go:build amd64 || arm64

package launch

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A room is memory that a child shares with us even where it has a copy of the rest:
// emulators know no other children.
type room struct {
	out    outcome
	result uint32
	spare  uint32 // must stay as it is
}

func newRoom(t *testing.T) *room {
	t.Helper()
	mem, err := unix.Mmap(-1, 0, int(unsafe.Sizeof(room{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mem) })
	return (*room)(unsafe.Pointer(&mem[0]))
}

// perform has a child do what s says, and gives its exit status.
func perform(t *testing.T, s *script, r *room) (status int, err error) {
	t.Helper()
	s.ready()
	if s.err != nil {
		t.Fatal(s.err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	all, mask := ^uint64(0), uint64(0)
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
	pid := spawn(unix.CLONE_VM|uintptr(unix.SIGCHLD), &s.calls[0], &r.out)
	if pid == ^uintptr(unix.EINVAL-1) {
		pid = spawn(uintptr(unix.SIGCHLD), &s.calls[0], &r.out)
	}
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&mask)), 0, 8, 0, 0)
	if pid > anything-4095 {
		t.Fatal(unix.Errno(-pid))
	}
	var st unix.WaitStatus
	for {
		if _, err := unix.Wait4(int(pid), &st, 0, nil); err != unix.EINTR {
			break
		}
	}
	runtime.KeepAlive(s)
	if !st.Exited() {
		t.Fatalf("the child ended with %v", st.Signal())
	}
	return st.ExitStatus(), s.result(&r.out)
}

func exit(s *script, status uintptr) step { return s.do("ending", unix.SYS_EXIT_GROUP, status) }

// Results get to where they belong, and nowhere else.
func TestScriptResults(t *testing.T) {
	name := t.TempDir() + "/written"
	r := newRoom(t)
	r.spare = 0xabcdef01
	s := &script{}
	s.open("making a file", name, unix.O_WRONLY|unix.O_CREAT).gives(1, 0).gives(2, 0)
	s.do("writing", unix.SYS_WRITE, 0, s.text("words"), 5).wants(5)
	s.do("closing", unix.SYS_CLOSE, 0)
	s.do("finding its number", unix.SYS_GETPID).into(unsafe.Pointer(&r.result))
	exit(s, 7)
	status, err := perform(t, s, r)
	if status != 7 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
	if data, err := os.ReadFile(name); string(data) != "words" {
		t.Errorf("%q, %v", data, err)
	}
	if r.result == 0 || r.result == uint32(os.Getpid()) || r.spare != 0xabcdef01 {
		t.Errorf("result %d, and %#x behind it", r.result, r.spare)
	}
}

// What may fail leaves out what depends on it, and only with its one error.
func TestScriptErrors(t *testing.T) {
	missing := t.TempDir() + "/missing"
	for _, c := range []struct {
		name   string
		script func(s *script)
		status int
		err    string
		is     error
	}{
		{"may fail", func(s *script) {
			s.open("opening", missing, 0).or(unix.ENOENT, 2)
			exit(s, 1)
			exit(s, 2)
			exit(s, 3)
		}, 3, "", nil},
		{"may fail in another way", func(s *script) { s.open("opening", missing, 0).or(unix.EACCES, 1) }, 125, "opening: no such file", unix.ENOENT},
		{"may fail and does not", func(s *script) {
			s.open("opening", "/", 0).or(unix.ENOENT, 1)
			exit(s, 1)
		}, 1, "", nil},
		{"must not fail", func(s *script) { s.open("opening", missing, 0) }, 125, "opening: no such file", unix.ENOENT},
		{"another result", func(s *script) { s.do("looking", unix.SYS_GETPPID).wants(0) }, 125, "looking: an unexpected result", errResult},
		{"ends early", func(s *script) { exit(s, 0) }, 0, "ending: the process ended there", errEarly},
		{"the highest error", func(s *script) { s.do("nothing", ^uintptr(0)) }, 125, "nothing: function not implemented", unix.ENOSYS},
	} {
		s, r := &script{}, newRoom(t)
		c.script(s)
		if c.err != "" {
			exit(s, 99) // is not reached
		}
		status, err := perform(t, s, r)
		if status != c.status || (err == nil) != (c.err == "") || err != nil && (!strings.HasPrefix(err.Error(), c.err) || !errors.Is(err, c.is)) {
			t.Errorf("%s: status %d, error %v; want %d, %q", c.name, status, err, c.status, c.err)
		}
	}
}

// A child that was killed before its first call did nothing.
func TestScriptNotBegun(t *testing.T) {
	s := &script{}
	exit(s, 0)
	if err := s.result(&outcome{}); !errors.Is(err, errEarly) {
		t.Error(err)
	}
}

// What the assembly knows of the structures.
func TestLayout(t *testing.T) {
	var c call
	var o outcome
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"number", unsafe.Offsetof(c.number), 0}, {"args", unsafe.Offsetof(c.args), 8}, {"want", unsafe.Offsetof(c.want), 56},
		{"pass", unsafe.Offsetof(c.pass), 64}, {"skip", unsafe.Offsetof(c.skip), 72}, {"to", unsafe.Offsetof(c.to), 80},
		{"also", unsafe.Offsetof(c.also), 88}, {"size", unsafe.Sizeof(c), 96},
		{"at", unsafe.Offsetof(o.at), 0}, {"failed", unsafe.Offsetof(o.failed), 8}, {"errno", unsafe.Offsetof(o.errno), 16},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, not at %d", f.name, f.got, f.want)
		}
	}
}
