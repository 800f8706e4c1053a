package workdir

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// startOf says when a process started: the machine's start and the ticks
// since. A number that was given out again has another start.
func startOf(pid int) (string, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// The name of the program may hold anything, parentheses too.
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return "", false
	}
	const startTime = 22 - 3 // of the fields behind the name; see proc(5)
	fields := strings.Fields(string(stat[i+1:]))
	if len(fields) <= startTime {
		return "", false
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", false
	}
	return strings.TrimSpace(string(boot)) + " " + fields[startTime], true
}

// endProcesses kills what runs in the name of dir and returns how many there
// were. They may start others meanwhile, so it looks until it finds none.
func endProcesses(ctx context.Context, dir string) int {
	const (
		rounds = 100
		pause  = 10 * time.Millisecond
	)
	killed := map[string]bool{}
	for range rounds {
		found := false
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return len(killed)
		}
		for _, e := range entries {
			pid, err := strconv.Atoi(e.Name())
			if err != nil || pid == os.Getpid() || !belongs(pid, dir) {
				continue
			}
			if start, ok := end(pid, dir); ok {
				found, killed[e.Name()+" "+start] = true, true
			}
		}
		if !found {
			break
		}
		select {
		case <-ctx.Done():
			return len(killed)
		case <-time.After(pause):
		}
	}
	return len(killed)
}

// end kills a process that belongs to dir. The descriptor stands for one
// process only: if the number was given out again since it was looked at, the
// signal reaches nobody.
func end(pid int, dir string) (start string, ok bool) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return "", false
	}
	defer unix.Close(fd)
	if !belongs(pid, dir) {
		return "", false
	}
	start, ok = startOf(pid)
	return start, ok && unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil
}

// marks are the variables that lead into the folder of a run. PWD is not one
// of them: someone may have gone there to look.
var marks = []string{"HOME", "TMPDIR", "GOTMPDIR"}

// belongs reports whether the process was started in the name of dir.
func belongs(pid int, dir string) bool {
	proc := fmt.Sprintf("/proc/%d/", pid)
	environ, err := os.ReadFile(proc + "environ")
	if err != nil || len(environ) == 0 {
		return false // another user's, or about to end
	}
	if exe, err := os.Readlink(proc + "exe"); err == nil && within(exe, dir) {
		return true
	}
	for _, e := range strings.Split(string(environ), "\x00") {
		for _, name := range marks {
			if value, ok := strings.CutPrefix(e, name+"="); ok && within(value, dir) {
				return true
			}
		}
	}
	return false
}

func within(name, dir string) bool {
	return strings.HasPrefix(name, dir+string(filepath.Separator))
}
