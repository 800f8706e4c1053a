package sandbox

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/opto-go/trace/internal/sandbox/filter"
	"github.com/opto-go/trace/internal/sandbox/launch"
)

// layers are what can be set up. Each can be left out, to see what it stops.
type layers struct {
	namespaces, landlock, seccomp, limits, proc, unused bool
}

func layersOf(level string) layers {
	return layers{namespaces: level == Namespaces, landlock: true, seccomp: true, limits: true, proc: !noProc.Load(), unused: true}
}

// start starts cmd, which is complete, behind the layers.
func start(cmd *exec.Cmd, p Profile, with layers) (net.Listener, error) {
	return startWith(cmd, p, with, nil)
}

// startWith is start with a plan that a test may spoil.
func startWith(cmd *exec.Cmd, p Profile, with layers, spoil func(*launch.Plan)) (net.Listener, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	files, done, err := filesOf(cmd)
	if err != nil {
		return nil, err
	}
	defer done()
	plan, err := newPlan(cmd, p, with)
	if err != nil {
		return nil, err
	}
	if spoil != nil {
		spoil(plan)
	}
	started, err := launch.Start(plan, files)
	if err != nil {
		return nil, err
	}
	cmd.Process, err = os.FindProcess(started.PID)
	return started.Listener, err // which is nil on this system
}

// filesOf are those that cmd passes on, by their numbers in the program.
func filesOf(cmd *exec.Cmd) (files []*os.File, done func(), err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	add := func(stream any) {
		switch f := stream.(type) {
		case nil:
			files = append(files, null)
		case *os.File:
			files = append(files, f)
		default:
			err = errors.New("the streams of a confined program are files")
		}
	}
	add(cmd.Stdin)
	add(cmd.Stdout)
	add(cmd.Stderr)
	if err != nil {
		null.Close()
		return nil, nil, err
	}
	return append(files, cmd.ExtraFiles...), func() { null.Close() }, nil
}

func newPlan(cmd *exec.Cmd, p Profile, with layers) (*launch.Plan, error) {
	plan := &launch.Plan{
		Path: cmd.Path, Args: cmd.Args, Env: cmd.Environ(), Dir: cmd.Dir,
		Group:      cmd.SysProcAttr != nil && cmd.SysProcAttr.Setpgid,
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

func limits(l Limits, namespaces bool) []launch.Limit {
	list := []launch.Limit{
		{Resource: unix.RLIMIT_CORE, Value: 0, Name: "core files"},
		{Resource: unix.RLIMIT_NOFILE, Value: descriptors, Name: "descriptors"},
		{Resource: unix.RLIMIT_MSGQUEUE, Value: 0, Name: "message queues"},
	}
	add := func(resource int, n int64, name string) {
		if n > 0 {
			list = append(list, launch.Limit{Resource: resource, Value: uint64(n), Name: name})
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
