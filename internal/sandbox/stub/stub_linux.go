package stub

import (
	"encoding/json"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

func init() {
	if len(os.Args) != 1 {
		return
	}
	switch os.Args[0] {
	case Probe:
		os.Exit(0)
	case Name:
		// Credentials and filters belong to a thread; the program is what this
		// one becomes.
		runtime.LockOSThread()
		fd, err := strconv.Atoi(os.Getenv(Env))
		if err != nil {
			os.Exit(failCode)
		}
		become(fd)
	}
}

const failCode = 125

// A stub is one on its way.
type stub struct {
	Plan
	socket int
	binary int // descriptor of the program
}

// become reads the plan and follows it. It does not return.
func become(socket int) {
	s := &stub{socket: socket}
	unix.CloseOnExec(socket)
	var data []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := unix.Read(socket, buf)
		if err == unix.EINTR {
			continue
		}
		s.must("reading the plan", err)
		if n == 0 {
			break
		}
		data = append(data, buf[:n]...)
	}
	s.must("reading the plan", json.Unmarshal(data, &s.Plan))

	s.closeOthers()
	if s.Namespaces {
		s.network()
		s.root()
	} else {
		s.ownHome()
	}
	s.must("changing to "+s.Dir, unix.Chdir(s.Dir))
	var err error
	s.binary, err = unix.Open(s.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	s.must("opening "+s.Path, err)
	rules := s.landlockRules()
	s.dropRights()
	s.diesWithParent()
	for _, l := range s.Limits {
		s.must("limiting "+l.Name, s.limit(l))
	}
	s.must("no_new_privs", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	s.landlock(rules)
	s.start()
}

// must ends the stub, and tells why, unless err is nil.
func (s *stub) must(what string, err error) {
	if err == nil {
		return
	}
	unix.Write(s.socket, append([]byte{Failed}, what+": "+err.Error()...))
	os.Exit(failCode)
}

// closeOthers keeps from the program what this process has inherited from those
// that started tracetrain.
func (s *stub) closeOthers() {
	first := uint(s.Keep + 1)
	err := unix.CloseRange(first, ^uint(0)>>32, unix.CLOSE_RANGE_CLOEXEC)
	if err != nil { // before Linux 5.11
		var lim unix.Rlimit
		s.must("looking at descriptors", unix.Getrlimit(unix.RLIMIT_NOFILE, &lim))
		for fd := first; fd < uint(min(lim.Cur, 1<<20)); fd++ {
			unix.CloseOnExec(int(fd))
		}
	}
}

// limit sets a limit, or as much of it as this process is allowed.
func (s *stub) limit(l Limit) error {
	r := unix.Rlimit{Cur: l.Value, Max: l.Value}
	var now unix.Rlimit
	if err := unix.Prlimit(0, l.Resource, nil, &now); err != nil {
		return err
	}
	if now.Max < r.Max {
		r.Cur, r.Max = now.Max, now.Max
	}
	return unix.Prlimit(0, l.Resource, &r, nil)
}

// diesWithParent renews what a change of credentials has undone.
func (s *stub) diesWithParent() {
	s.must("asking to die with tracetrain", unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0))
	// It may be dead already. Then nobody holds the other end of the socket.
	p := []unix.PollFd{{Fd: int32(s.socket)}}
	if _, err := unix.Poll(p, 0); err == nil && p[0].Revents&unix.POLLHUP != 0 {
		os.Exit(failCode)
	}
}
