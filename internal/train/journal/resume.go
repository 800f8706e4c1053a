package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/filelock"
)

// ErrInUse is the error of [Resume] while another process writes the journal.
var ErrInUse = errors.New("another process works on it")

// Resume opens the run in dir to go on with it. A partial last line, which
// nothing was built on, is taken off and kept as a blob, whose name is torn.
//
// The run is gone through again from its beginning, so a record that is equal
// to one that is there is not written a second time.
func Resume(dir string) (w *Writer, run *Run, torn Hash, err error) {
	name := filepath.Join(dir, File)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, nil, "", err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := lock(f); errors.Is(err, filelock.ErrBusy) {
		return nil, nil, "", ErrInUse
	} else if err != nil {
		return nil, nil, "", fmt.Errorf("%s: %w", name, err)
	}
	w = &Writer{dir: dir, file: f, again: map[Hash]int{}}
	run, err = read(f, func(line []byte, rec *Record) {
		if rec.once() {
			w.again[Sum(line)]++
		}
	})
	if err != nil {
		return nil, nil, "", fmt.Errorf("%s: %w", name, err)
	}
	run.Dir = dir
	w.size = run.whole
	if torn, err = w.mend(); err != nil {
		return nil, nil, "", err
	}
	return w, run, torn, nil
}

// mend takes away what a process that was killed had not finished writing.
func (w *Writer) mend() (torn Hash, err error) {
	blobs := filepath.Join(w.dir, blobDir)
	if err := os.MkdirAll(blobs, 0o777); err != nil { // an empty folder gets lost easily
		return "", err
	}
	entries, err := os.ReadDir(blobs)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			if err := os.Remove(filepath.Join(blobs, e.Name())); err != nil {
				return "", err
			}
		}
	}
	// Names that were made just before the end may not be on disk yet.
	syncDir(blobs)
	syncDir(w.dir)

	st, err := w.file.Stat()
	if err != nil || st.Size() == w.size {
		return "", err
	}
	tail, err := io.ReadAll(io.NewSectionReader(w.file, w.size, st.Size()-w.size))
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(tail)) > 0 {
		if torn, err = w.Blob(tail); err != nil {
			return "", err
		}
	}
	if err := os.Truncate(w.file.Name(), w.size); err != nil {
		return "", err
	}
	failpoint("truncated")
	return torn, w.file.Sync()
}
