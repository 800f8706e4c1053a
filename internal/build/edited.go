package build

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Edited makes a binary of its own of b, with what edit does to its bytes.
func (b *Binary) Edited(edit func([]byte) error) (*Binary, error) {
	data, err := os.ReadFile(b.Path)
	if err != nil {
		return nil, err
	}
	if err := edit(data); err != nil {
		return nil, err
	}
	dir := filepath.Join(b.builder.Dir, "build-"+strconv.FormatInt(b.builder.n.Add(1), 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	c := &Binary{Path: filepath.Join(dir, filepath.Base(b.Path)), Test: b.Test, Weak: b.Weak, builder: b.builder}
	// A process that is started meanwhile would inherit the open file for a
	// moment, in which the system refuses to run it. golang/go#22315
	syscall.ForkLock.RLock()
	err = os.WriteFile(c.Path, data, 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}
