package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/opto-go/trace/internal/sandbox/launch"
)

const probeTime = 20 * time.Second

// probe is the first argument of this executable when it runs only to see whether
// all this works. It ends at once. No other program has that name.
const probe = "tracetrain sandbox probe"

func init() {
	if len(os.Args) == 1 && os.Args[0] == probe {
		os.Exit(0)
	}
}

// minLandlock is the version since which no file outside can be cut off.
const minLandlock = 3

var (
	probing sync.Mutex
	probed  = map[string]error{}
	noProc  atomic.Bool // /proc cannot be mounted in namespaces
)

// Probe starts a program at the level and says why that does not work; nil if it
// does. What files say about a kernel proves little: containers and security
// modules forbid what is there.
func Probe(ctx context.Context, level string) error {
	probing.Lock()
	defer probing.Unlock()
	if err, ok := probed[level]; ok {
		return err
	}
	with := layersOf(level)
	err := try(ctx, with)
	if err != nil && with.namespaces {
		with.proc = false
		if try(ctx, with) == nil {
			err = nil
			noProc.Store(true)
		}
	}
	if err == nil && level == Landlock && landlockVersion() < minLandlock {
		err = errors.New("the kernel has no Landlock that is new enough (Linux 6.2)")
		if landlockVersion() == 0 {
			err = errors.New("the kernel has no Landlock, or it is switched off")
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	probed[level] = err
	return err
}

// HasProc reports whether programs in namespaces have a /proc.
func HasProc(ctx context.Context) bool { return Probe(ctx, Namespaces) == nil && !noProc.Load() }

// LandlockVersion is that of the kernel's interface, 0 if it has none.
func LandlockVersion() int { return landlockVersion() }

// ProbeFilter says why the system call filter does not work; nil if it does.
func ProbeFilter(ctx context.Context) error { return try(ctx, layers{seccomp: true}) }

// try starts this executable again, confined, as a program that ends at once.
func try(ctx context.Context, with layers) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "tracetrain-probe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	if err := os.Mkdir(filepath.Join(home, "tmp"), 0o700); err != nil {
		return err
	}
	cmd := exec.Command(exe)
	cmd.Args = []string{probe}
	cmd.Env = []string{}
	// It would die with its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := start(cmd, Profile{Home: home, Limits: Limits{Data: 4 << 30, File: 1 << 30}}, with); err != nil {
		return whyNot(err)
	}
	defer context.AfterFunc(ctx, func() { cmd.Process.Kill() })()
	waited := cmd.Wait()
	if waited != nil {
		return fmt.Errorf("a confined program does not run: %w", waited)
	}
	return nil
}

// whyNot says more about an error of a start than the system does.
func whyNot(err error) error {
	var none *launch.NamespaceError
	switch {
	case !errors.As(err, &none):
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return errors.New("user namespaces are not allowed here")
	case errors.Is(err, syscall.ENOSPC):
		return errors.New("user namespaces are switched off (user.max_user_namespaces)")
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS):
		return errors.New("the kernel has no user namespaces")
	}
	return err
}
