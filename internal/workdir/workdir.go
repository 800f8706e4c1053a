// Package workdir makes the private folder of a run, and removes those of runs
// that were killed, with the processes that they left.
//
// # Who owns a folder
//
// A folder is called tracetrain-NUMBER and lies in the directory for temporary
// files. In it, the file owner says which process made it. That process has
// the file locked as long as it lives; the lock goes with it, however it ends.
// A folder is left over when it is the user's own, its owner file is not
// locked, and the process that the file names does not live. Nothing else is
// ever removed: a folder of that name without such a file belongs to someone
// else, unless it is empty.
//
// # Who owns a process
//
// Children die with tracetrain on Linux, but not what these have started. What
// runs in a run's name has a HOME or a directory for temporary files in the
// run's folder, or its executable lies there; the environment is inherited,
// also by a process that left its group and its session. So nothing has to be
// written down when a process starts, and no number of a process that ended
// long ago is ever trusted. Where there is no /proc, processes are left alone.
package workdir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/opto-go/trace/internal/filelock"
)

const (
	prefix    = "tracetrain-"
	ownerFile = "owner"
)

// A Dir is a folder in use.
type Dir struct {
	Path string // absolute, without symbolic links
	lock *os.File
}

// An owner is the content of the owner file.
type owner struct {
	PID   int    `json:"pid"`
	Start string `json:"start,omitempty"` // when the process started, as the system counts it
}

// New makes a folder, after it has removed those that are left over.
func New(ctx context.Context) (*Dir, Removed, error) {
	tmp, err := filepath.EvalSymlinks(os.TempDir())
	if err == nil {
		tmp, err = filepath.Abs(tmp)
	}
	if err != nil {
		return nil, Removed{}, err
	}
	removed := clean(ctx, tmp)
	if err := context.Cause(ctx); err != nil {
		return nil, removed, err
	}
	const tries = 100 // a folder that has no owner yet may be cleaned away
	for range tries {
		var d *Dir
		if d, err = create(tmp); err == nil {
			return d, removed, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, filelock.ErrBusy) {
			break
		}
	}
	return nil, removed, err
}

func create(tmp string) (*Dir, error) {
	path, err := os.MkdirTemp(tmp, prefix)
	if err != nil {
		return nil, err
	}
	d := &Dir{Path: path}
	if err := d.own(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// own locks the folder for this process.
func (d *Dir) own() error {
	name := filepath.Join(d.Path, ownerFile)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	d.lock = f
	if err := filelock.Try(f); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	// Between making and locking it, someone may have removed it.
	if err := sameFile(f, name); err != nil {
		return err
	}
	start, _ := startOf(os.Getpid())
	data, err := json.Marshal(owner{PID: os.Getpid(), Start: start})
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return err
}

// sameFile fails with fs.ErrNotExist if name is not the file f any more.
func sameFile(f *os.File, name string) error {
	a, err := f.Stat()
	if err != nil {
		return err
	}
	b, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !os.SameFile(a, b) {
		return fmt.Errorf("%s was replaced: %w", name, fs.ErrNotExist)
	}
	return nil
}

// LetPass lets other users reach what they know the name of, and are allowed, in
// the folder.
func (d *Dir) LetPass() error { return os.Chmod(d.Path, 0o711) }

// Close removes the folder.
func (d *Dir) Close() {
	if runtime.GOOS == "windows" && d.lock != nil {
		d.lock.Close() // an open file cannot be removed there
	}
	removeAll(d.Path)
	if d.lock != nil {
		d.lock.Close()
	}
}

// removeAll removes dir although a program may have made parts of it
// read-only.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
