package train

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/checker"
)

// checkerOf finds the process that checks proposals for the run in a folder.
func checkerOf(t testing.TB, folder string) (pid int) {
	t.Helper()
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil && string(data) == checker.Name+"\x00"+folder+"\x00" {
			pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(name)))
			return pid
		}
	}
	t.Fatal("no process checks proposals")
	return 0
}

// timeOf is the processor time of a process, and of its children that have ended.
func timeOf(t testing.TB, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	const utime, fields = 14 - 3, 4 // see proc(5): of the fields behind the name
	var ticks int64
	for _, f := range strings.Fields(rest)[utime : utime+fields] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}
