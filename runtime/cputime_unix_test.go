//go:build unix

package trace

import (
	"syscall"
	"time"
)

// now is the processor time that the process has used: other programs on the
// machine hardly disturb it, and the garbage collector counts.
func now() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
