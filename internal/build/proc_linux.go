package build

import (
	"math"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// LimitsText says what Limits do on this system.
const LimitsText = "own process group, memory, file size and processor time"

func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// setLimits limits a process that has just started. What it did before the
// limits arrived is bounded by them too: they count from its start.
func setLimits(pid int, lim Limits) {
	set := func(resource int, n int64) {
		r := unix.Rlimit{Cur: uint64(n), Max: uint64(n)}
		unix.Prlimit(pid, resource, &r, nil)
	}
	set(unix.RLIMIT_CORE, 0)
	if lim.Data > 0 {
		set(unix.RLIMIT_DATA, lim.Data)
	}
	if lim.File > 0 {
		set(unix.RLIMIT_FSIZE, lim.File)
	}
	if lim.CPU > 0 {
		set(unix.RLIMIT_CPU, int64(math.Ceil(float64(lim.CPU)/float64(time.Second))))
	}
}
