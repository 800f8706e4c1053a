//go:build unix

package train

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the processor time that this process used, or its children that
// have ended.
func cpuTime(t testing.TB, children bool) time.Duration {
	who := syscall.RUSAGE_SELF
	if children {
		who = syscall.RUSAGE_CHILDREN
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
