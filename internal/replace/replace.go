// Package replace gives several files of the user new contents: all of them, or
// none if one cannot be written.
package replace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opto-go/trace/internal/ui"
)

// A File is a file and its new content.
type File struct {
	Name string
	Data []byte // nil: the file goes
}

// Files replaces files, each by a temporary one and a rename, which keeps its
// permissions. Where a name is a symbolic link, the file that it leads to is
// written, and the link stays; if the file is to go, the link does.
func Files(files []File) error {
	var all []staged
	defer func() {
		for _, s := range all {
			s.discard()
		}
	}()
	for _, f := range files {
		s, err := stage(f.Name, f.Data)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := s.commit(); err != nil {
			return err
		}
	}
	return nil
}

// staged is a change that needs nothing but a rename, or a removal.
type staged struct {
	name string // as the user knows it
	file string // where a symbolic link leads to
	tmp  string // its new content, in the same folder; empty: it goes
}

// stage writes what a file is to hold to a temporary one next to it, whose name
// is none that the go command would compile.
func stage(name string, want []byte) (s staged, err error) {
	s = staged{name: name, file: name}
	if want == nil {
		return s, nil
	}
	if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if s.file, err = filepath.EvalSymlinks(name); err != nil {
			return s, ui.Errorf("%s: is a symbolic link that leads to no file", name).WithHint("remove it")
		}
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.file), ".tracegen-*.tmp")
	if err != nil {
		return s, s.fail(err)
	}
	s.tmp = tmp.Name()
	defer func() {
		if err != nil {
			tmp.Close()
			s.discard()
		}
	}()
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(s.file); err == nil {
		mode = info.Mode().Perm()
	}
	if _, err := tmp.Write(want); err != nil {
		return s, s.fail(err)
	}
	if err := tmp.Chmod(mode); err != nil {
		return s, s.fail(err)
	}
	if err := tmp.Close(); err != nil {
		return s, s.fail(err)
	}
	return s, nil
}

func (s staged) commit() error {
	err := error(nil)
	if s.tmp == "" {
		err = os.Remove(s.name)
	} else {
		err = os.Rename(s.tmp, s.file)
	}
	if err != nil {
		return s.fail(err)
	}
	return nil
}

// discard removes the temporary file, if it is still there.
func (s staged) discard() {
	if s.tmp != "" {
		os.Remove(s.tmp)
	}
}

// fail says what went wrong with the file, not with a temporary one that nobody
// knows.
func (s staged) fail(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	failed := ui.Errorf("%s: cannot be written: %w", s.name, err)
	if errors.Is(err, fs.ErrPermission) {
		return failed.WithHint("make the folder writable")
	}
	return failed
}
