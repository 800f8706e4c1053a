package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// spellings returns the keys under which the go command may look for the file:
// as given, and with the symbolic links of its directory resolved. The file
// itself is not resolved; the go command opens it under its own name. Keys that
// nobody asks for are ignored.
func spellings(name string) ([]string, error) {
	name = filepath.Clean(name)
	real, err := realPath(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	real = filepath.Join(real, filepath.Base(name))
	if real == name {
		return []string{name}, nil
	}
	return []string{name, real}, nil
}

// realPath resolves the symbolic links in the part of dir that exists.
func realPath(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		return filepath.Abs(real)
	}
	parent := filepath.Dir(dir)
	if !errors.Is(err, fs.ErrNotExist) || parent == dir {
		return "", err
	}
	real, err = realPath(parent)
	return filepath.Join(real, filepath.Base(dir)), err
}

// realDir returns the absolute name of an existing directory without symbolic
// links.
func realDir(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	if fi, err := os.Stat(real); err != nil {
		return "", err
	} else if !fi.IsDir() {
		return "", fmt.Errorf("%s is not a directory", dir)
	}
	return filepath.Abs(real)
}

// writeFile writes content unless the file holds it already, by temporary file
// and rename: another process may be compiling the file.
func writeFile(name string, content []byte) (err error) {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return nil
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(content); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
