package build

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A Patch replaces bytes of a binary.
type Patch struct {
	At   int64
	Data []byte
}

// With makes a binary of its own of b, with patches.
func (b *Binary) With(patches []Patch) (*Binary, error) {
	dir := filepath.Join(b.builder.Dir, "build-"+strconv.FormatInt(b.builder.n.Add(1), 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	with := &Binary{Path: filepath.Join(dir, filepath.Base(b.Path)), Test: b.Test, Weak: b.Weak, builder: b.builder}
	if err := with.write(b.Path, patches); err != nil {
		with.Remove()
		return nil, err
	}
	return with, nil
}

func (b *Binary) write(from string, patches []Patch) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	// A process that starts meanwhile would inherit the file, open for writing,
	// for a moment in which the system refuses to run it. golang/go#22315
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(b.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) // by the file system itself where it can
	for _, p := range patches {
		if err == nil {
			_, err = out.WriteAt(p.Data, p.At)
		}
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}
