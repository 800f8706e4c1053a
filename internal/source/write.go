package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A ChangedError tells that files are not what they were when they were loaded.
// Nothing was written.
type ChangedError struct {
	Files []string // absolute, sorted
	Gone  bool     // at least one does not exist any more
}

func (e *ChangedError) Error() string {
	what := "changed"
	if e.Gone {
		what = "changed or went away"
	}
	return fmt.Sprintf("%s: %s since it was loaded, so nothing was written: undo that change and apply again, or train again from the new state",
		strings.Join(e.Files, ", "), what)
}

// Write replaces the contents of existing files, all of them or none. The keys
// are absolute names. want holds the sha256 that each file must still have; a
// file that has another is a [*ChangedError].
//
// The new contents are written to temporary files in the same directories and
// synced; then the sums are compared once more, and the files are renamed into
// place, keeping their permissions. If anything fails, what was renamed is put
// back. Symbolic links are refused: the caller names the file that is meant.
//
// One rename is atomic, several are not: with more than one file a kill (or a
// loss of power) in the middle leaves some files new and some old. Before the
// first rename a journal is therefore written next to each go.mod above the
// files, and removed after the last. The next Write in one of these modules, or
// [Recover], finds it and puts the old contents back, in all of them. A kill before the journal
// exists changes no file; it can leave temporary files, whose names begin with
// a dot and hold ".trace-", and which the go command ignores. Between the comparison
// and the rename, another program's write to the same file can be lost; no
// portable call closes this gap of microseconds.
func Write(files map[string][]byte, want map[string][32]byte) error {
	return write(files, want, osFS)
}

// A fileSystem is what write does to disk, so that tests can make it fail.
type fileSystem struct {
	create func(dir, pattern string) (*os.File, error)
	sync   func(*os.File) error
	link   func(old, new string) error
	rename func(old, new string) error
	remove func(name string) error
}

var osFS = fileSystem{
	create: os.CreateTemp,
	sync:   (*os.File).Sync,
	link:   os.Link,
	rename: os.Rename,
	remove: os.Remove,
}

// A change is one file on its way to its new content. It is also a line of the
// journal.
type change struct {
	File   string      `json:"file"`
	Backup string      `json:"backup"` // the old content, while the journal exists
	Old    string      `json:"old"`    // sha256 in hexadecimal
	New    string      `json:"new"`
	Temp   string      `json:"temp"` // the new content, until it is renamed
	mode   fs.FileMode // of the file
	moved  bool
}

func write(files map[string][]byte, want map[string][32]byte, fsys fileSystem) (err error) {
	changes, err := prepare(files, want)
	if err != nil || len(changes) == 0 {
		return err
	}
	for _, root := range moduleRoots(changes) {
		if _, err := recoverIn(root, fsys); err != nil {
			return err
		}
	}
	// Recovery may have changed what prepare saw.
	if changes, err = prepare(files, want); err != nil || len(changes) == 0 {
		return err
	}
	var journals []string
	defer func() {
		if err != nil {
			err = errors.Join(err, rollBack(changes, fsys))
		}
		kept := false
		for _, c := range changes {
			if c.Temp != "" && !c.moved {
				fsys.remove(c.Temp)
			}
			kept = kept || c.moved && err != nil
		}
		if kept {
			return // rolling back failed: journal and backups are needed
		}
		// The journal goes first: without backups it could not be obeyed.
		for _, journal := range journals {
			fsys.remove(journal)
			syncDir(filepath.Dir(journal))
		}
		for _, c := range changes {
			if c.Backup != "" {
				fsys.remove(c.Backup)
			}
		}
	}()
	for _, c := range changes {
		if c.Temp, err = writeTemp(filepath.Dir(c.File), filepath.Base(c.File), files[c.File], c.mode, fsys); err != nil {
			return err
		}
	}
	if len(changes) > 1 {
		for _, c := range changes {
			if err = c.backUp(fsys); err != nil {
				return err
			}
		}
	}
	if err = verify(changes); err != nil {
		return err
	}
	if len(changes) > 1 {
		if journals, err = writeJournals(changes, fsys); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if err = fsys.rename(c.Temp, c.File); err != nil {
			return err
		}
		c.moved = true
	}
	for _, c := range changes {
		syncDir(filepath.Dir(c.File))
	}
	return nil
}

// prepare checks the request and leaves out files that are already as wanted.
func prepare(files map[string][]byte, want map[string][32]byte) ([]*change, error) {
	var changes []*change
	var infos []fs.FileInfo
	stale := &ChangedError{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !filepath.IsAbs(name) {
			return nil, fmt.Errorf("%s: not an absolute file name", name)
		}
		sum, ok := want[name]
		if !ok {
			return nil, fmt.Errorf("%s: the sum of the original is not known, so it cannot be replaced safely", name)
		}
		fi, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale.Files, stale.Gone = append(stale.Files, name), true
			continue
		case err != nil:
			return nil, err
		case fi.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(name)
			return nil, fmt.Errorf("%s: is a symbolic link to %s, which is not followed: apply to that file", name, target)
		case !fi.Mode().IsRegular():
			return nil, fmt.Errorf("%s: not a regular file", name)
		}
		for i, other := range infos {
			if other != nil && os.SameFile(other, fi) {
				return nil, fmt.Errorf("%s and %s are the same file", changes[i].File, name)
			}
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(data) != sum {
			stale.Files = append(stale.Files, name)
			continue
		}
		if bytes.Equal(data, files[name]) {
			continue
		}
		infos = append(infos, fi)
		changes = append(changes, &change{File: name, Old: hexSum(data), New: hexSum(files[name]), mode: fi.Mode().Perm()})
	}
	if len(stale.Files) > 0 {
		return nil, stale
	}
	return changes, nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// verify compares the sums once more, just before the renames.
func verify(changes []*change) error {
	stale := &ChangedError{}
	for _, c := range changes {
		data, err := os.ReadFile(c.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale.Gone = true
		case err != nil:
			return err
		case hexSum(data) == c.Old:
			continue
		}
		stale.Files = append(stale.Files, c.File)
	}
	if len(stale.Files) > 0 {
		return stale
	}
	return nil
}

// writeTemp writes a synced file whose name the go command ignores.
func writeTemp(dir, base string, data []byte, mode fs.FileMode, fsys fileSystem) (string, error) {
	f, err := fsys.create(dir, "."+base+".trace-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = fsys.sync(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		fsys.remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// backUp keeps the old content under a second name, by a hard link where the
// file system has them.
func (c *change) backUp(fsys fileSystem) error {
	name := c.Temp + ".old"
	if fsys.link(c.File, name) == nil {
		c.Backup = name
		return nil
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	c.Backup, err = writeTemp(filepath.Dir(c.File), filepath.Base(c.File), data, c.mode, fsys)
	return err
}

// rollBack puts the old contents back.
func rollBack(changes []*change, fsys fileSystem) error {
	var errs []error
	for _, c := range slices.Backward(changes) {
		if !c.moved {
			continue
		}
		if err := fsys.rename(c.Backup, c.File); err != nil {
			errs = append(errs, fmt.Errorf("%s: could not be put back, its old content is in %s: %w", c.File, c.Backup, err))
			continue
		}
		c.moved, c.Temp, c.Backup = false, "", ""
	}
	return errors.Join(errs...)
}

// syncDir makes renames durable where directories can be synced.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
