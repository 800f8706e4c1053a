//go:build unix

package checker

import (
	"syscall"
	"time"
)

// cpuTime is the processor time that this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0 // the parent has a clock, too
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
