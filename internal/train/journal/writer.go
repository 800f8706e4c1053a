package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A Writer appends to the journal of one run. It is safe for concurrent use.
type Writer struct {
	dir string

	mu   sync.Mutex
	file *os.File
	err  error // the first; nothing is written after it
}

// Create makes the run directory dir, which must not exist, and its header.
func Create(dir string, h Header) (*Writer, error) {
	h.Version = Version
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(dir, blobDir), 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, File), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, file: f}
	if err := w.Append(Record{Header: &h}); err != nil {
		f.Close()
		return nil, err
	}
	syncDir(dir)
	return w, nil
}

// Dir is the directory of the run.
func (w *Writer) Dir() string { return w.dir }

// Append writes one record and waits until it is on disk. After an error every
// further call returns it.
func (w *Writer) Append(r Record) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	_, err := w.file.Write(buf.Bytes())
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.err = fmt.Errorf("journal: %w", err)
	}
	return w.err
}

// Blob stores data and returns its name.
func (w *Writer) Blob(data []byte) (Hash, error) {
	h := Sum(data)
	path := filepath.Join(w.dir, blobDir, string(h))
	if _, err := os.Stat(path); err == nil {
		return h, nil
	}
	f, err := os.CreateTemp(filepath.Join(w.dir, blobDir), "tmp-")
	if err != nil {
		return "", fmt.Errorf("journal: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("journal: %w", err)
	}
	syncDir(filepath.Join(w.dir, blobDir))
	return h, nil
}

// ReadBlob returns the content of a blob that was stored.
func (w *Writer) ReadBlob(h Hash) ([]byte, error) { return readBlob(w.dir, h) }

// Close closes the journal.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.file.Close()
	if w.err == nil {
		w.err = errors.New("journal: it was closed")
	}
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

// syncDir makes new names in dir last. Not every system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
