package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/opto-go/trace/internal/sandbox/filter"
	"github.com/opto-go/trace/internal/sandbox/stub"
)

// layers are what a stub sets up. Each can be left out, to see what it stops.
type layers struct {
	namespaces, landlock, seccomp, limits, proc, unused bool
}

func layersOf(level string) layers {
	return layers{namespaces: level == Namespaces, landlock: true, seccomp: true, limits: true, proc: !noProc.Load(), unused: true}
}

// startTime bounds how long a stub may take. It takes milliseconds.
const startTime = 30 * time.Second

// A Start is a program that is about to start.
type Start struct {
	ours    *net.UnixConn
	theirs  *os.File
	plan    []byte
	listens bool

	// Listener listens in the network of the program, if the profile asked for
	// it. Whoever takes it closes it.
	Listener net.Listener
}

// confine changes cmd, which is complete, so that it starts a stub that becomes
// what cmd was.
func confine(cmd *exec.Cmd, p Profile, with layers) (*Start, error) {
	return confineWith(cmd, p, with, nil)
}

// confineWith is confine with a plan that a test may spoil.
func confineWith(cmd *exec.Cmd, p Profile, with layers, spoil func(*stub.Plan)) (*Start, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	plan, err := newPlan(cmd, p, with)
	if err != nil {
		return nil, err
	}
	if spoil != nil {
		spoil(plan)
	}
	s := &Start{listens: plan.Listen != ""}
	if s.plan, err = json.Marshal(plan); err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("a socket for the sandbox: %w", err)
	}
	s.theirs = os.NewFile(uintptr(pair[1]), "sandbox")
	f := os.NewFile(uintptr(pair[0]), "sandbox")
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		s.theirs.Close()
		return nil, err
	}
	s.ours = conn.(*net.UnixConn)

	cmd.Path, cmd.Args, cmd.Dir = "/proc/self/exe", []string{stub.Name}, "/"
	cmd.ExtraFiles = append(cmd.ExtraFiles, s.theirs)
	// A stub lives too short to need these.
	cmd.Env = []string{stub.Env + "=" + strconv.Itoa(2+len(cmd.ExtraFiles)), "GOGC=off", "GOMAXPROCS=1"}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if plan.Namespaces {
		ownNamespaces(cmd.SysProcAttr, plan.UID)
	}
	return s, nil
}

func newPlan(cmd *exec.Cmd, p Profile, with layers) (*stub.Plan, error) {
	plan := &stub.Plan{
		Path: cmd.Path, Args: cmd.Args, Env: cmd.Environ(), Dir: cmd.Dir, Keep: 2 + len(cmd.ExtraFiles),
		Namespaces: with.namespaces, Proc: with.proc, Home: p.Home,
		HomeSize: homeSize, HomeFiles: homeFiles,
		Read: seen(p.Read), Hide: p.Hide, Write: p.Write,
		Dev:     []string{"/dev/null", "/dev/full", "/dev/random", "/dev/urandom"},
		Seccomp: with.seccomp, Loopback: p.Loopback,
	}
	if plan.Dir == "" {
		plan.Dir = p.Home
	}
	for _, path := range []string{plan.Path, plan.Dir, plan.Home} {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("the sandbox needs absolute paths, not %s", path)
		}
	}
	if with.unused && os.Getuid() == 0 && (with.namespaces || anyoneReaches(append([]string{plan.Dir, plan.Home}, p.Write...))) {
		plan.UID = unusedID()
	}
	if with.landlock {
		plan.Landlock = landlockVersion()
	}
	if with.seccomp && !filter.Known(runtime.GOARCH) {
		return nil, filter.ErrArch
	}
	if with.limits {
		plan.Limits = limits(p.Limits, with.namespaces)
	}
	if with.namespaces {
		plan.Files = etc(plan.UID)
		for name := range plan.Files {
			if within(name, plan.Read) { // the real one was asked for
				delete(plan.Files, name)
			}
		}
		if p.Loopback {
			plan.Listen = p.Listen
		}
	} else {
		plan.Loopback = false
		plan.Read, plan.List = apart(seen(append(plan.Read, etcFiles...)), plan.Hide)
	}
	if dynamic(plan.Path) {
		plan.Exec = seen(libraries)
		if !within("/etc/ld.so.cache", plan.Read) {
			plan.Read = append(plan.Read, seen([]string{"/etc/ld.so.cache"})...)
		}
	}
	return plan, nil
}

// ownNamespaces has the process start in new namespaces, with what it takes to
// set them up.
func ownNamespaces(attr *syscall.SysProcAttr, uid int) {
	attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET |
		syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	same := func(id int) syscall.SysProcIDMap {
		return syscall.SysProcIDMap{ContainerID: id, HostID: id, Size: 1}
	}
	attr.UidMappings = []syscall.SysProcIDMap{same(os.Geteuid())}
	attr.GidMappings = []syscall.SysProcIDMap{same(os.Getegid())}
	if uid != 0 { // we are root
		attr.UidMappings = append(attr.UidMappings, same(uid))
		attr.GidMappings = append(attr.GidMappings, same(uid))
		attr.GidMappingsEnableSetgroups = true
	}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP}
	if uid != 0 {
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE)
	}
}

// Started waits until the stub has become the program. It is called right after
// the start of the command; the error says which layer could not be set up.
func (s *Start) Started() error {
	defer s.close()
	s.theirs.Close()
	s.ours.SetDeadline(time.Now().Add(startTime))
	if _, err := s.ours.Write(s.plan); err != nil {
		return s.failure(err)
	}
	if err := s.ours.CloseWrite(); err != nil {
		return s.failure(err)
	}
	return s.failure(nil)
}

// failure reads what the stub says until it has become the program, and falls
// back on err.
func (s *Start) failure(err error) error {
	var text []byte
	buf, oob := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	for {
		n, oobn, _, _, e := s.ours.ReadMsgUnix(buf, oob)
		if n > 0 && buf[0] == stub.Listener && len(text) == 0 {
			if e := s.take(oob[:oobn]); e != nil {
				return e
			}
			n = copy(buf, buf[1:n])
		}
		text = append(text, buf[:n]...)
		if n == 0 && oobn == 0 || e != nil {
			if e != nil && !errors.Is(e, syscall.ECONNRESET) && err == nil && n == 0 && len(text) == 0 && !isEOF(e) {
				err = e
			}
			break
		}
	}
	if len(text) > 0 && text[0] == stub.Failed {
		return errors.New(string(text[1:]))
	}
	if err == nil && s.listens && s.Listener == nil {
		err = errors.New("nothing listens in the network of the program")
	}
	return err
}

func isEOF(err error) bool { return strings.HasSuffix(err.Error(), "EOF") }

// take takes over the listener that the stub sends.
func (s *Start) take(oob []byte) error {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) != 1 {
		return fmt.Errorf("a listener of the sandbox: %v", err)
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil || len(fds) != 1 {
		return fmt.Errorf("a listener of the sandbox: %v", err)
	}
	unix.CloseOnExec(fds[0])
	f := os.NewFile(uintptr(fds[0]), "listener")
	defer f.Close()
	s.Listener, err = net.FileListener(f)
	return err
}

// Failed is called in place of Started when the command did not start.
func (s *Start) Failed() {
	s.theirs.Close()
	s.close()
}

func (s *Start) close() { s.ours.Close() }

func limits(l Limits, namespaces bool) []stub.Limit {
	list := []stub.Limit{
		{Resource: unix.RLIMIT_CORE, Value: 0, Name: "core files"},
		{Resource: unix.RLIMIT_NOFILE, Value: descriptors, Name: "descriptors"},
		{Resource: unix.RLIMIT_MSGQUEUE, Value: 0, Name: "message queues"},
	}
	add := func(resource int, n int64, name string) {
		if n > 0 {
			list = append(list, stub.Limit{Resource: resource, Value: uint64(n), Name: name})
		}
	}
	add(unix.RLIMIT_DATA, l.Data, "memory")
	add(unix.RLIMIT_FSIZE, l.File, "the size of files")
	add(unix.RLIMIT_CPU, int64(math.Ceil(l.CPU.Seconds())), "processor time")
	if namespaces { // elsewhere it counts what else the user runs
		add(unix.RLIMIT_NPROC, threads, "threads")
	}
	return list
}
