package workdir

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/opto-go/trace/internal/filelock"
)

// Removed counts what earlier runs had left.
type Removed struct {
	Folders   int
	Processes int
}

var nameOf = regexp.MustCompile(`^` + prefix + `[0-9]+$`)

// clean removes the folders in tmp that are left over. What cannot be removed
// stays: the next start will try again.
func clean(ctx context.Context, tmp string) Removed {
	var r Removed
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return r
	}
	for _, e := range entries {
		if !e.IsDir() || !nameOf.MatchString(e.Name()) || ctx.Err() != nil {
			continue
		}
		dir := filepath.Join(tmp, e.Name())
		if !own(dir) {
			continue
		}
		gone, processes := cleanOne(ctx, dir)
		r.Processes += processes
		if gone {
			r.Folders++
		}
	}
	return r
}

// cleanOne removes dir and ends its processes if nobody uses it.
func cleanOne(ctx context.Context, dir string) (gone bool, processes int) {
	name := filepath.Join(dir, ownerFile)
	if st, err := os.Lstat(name); err != nil || !st.Mode().IsRegular() {
		// Its maker was killed before it could say so, or it is about to: it
		// makes another one then. Only an empty folder can be removed so.
		return os.IsNotExist(err) && os.Remove(dir) == nil, 0
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return false, 0
	}
	defer f.Close()
	// Without locks nobody can tell.
	if filelock.Try(f) != nil || sameFile(f, name) != nil {
		return false, 0
	}
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return false, 0
	}
	var o owner
	if len(data) > 0 && json.Unmarshal(data, &o) != nil {
		return false, 0
	}
	// The lock says that it ended. Two reasons are better than one.
	if start, ok := startOf(o.PID); ok && o.Start != "" && start == o.Start {
		return false, 0
	}
	processes = endProcesses(ctx, dir)
	if runtime.GOOS == "windows" {
		f.Close() // an open file cannot be removed there
	}
	return removeAll(dir) == nil, processes
}
