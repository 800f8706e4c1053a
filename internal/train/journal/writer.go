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
	"sync/atomic"

	"github.com/opto-go/trace/internal/filelock"
)

// A Writer appends to the journal of one run. It is safe for concurrent use.
// It has the run for itself: the journal is locked until Close, or until the
// process ends in any other way.
type Writer struct {
	dir string

	mu    sync.Mutex
	file  *os.File
	size  int64        // bytes of whole lines
	again map[Hash]int // records from before it was resumed
	err   error        // the first; nothing is written after it
	watch func(Record) // told of every record; may be nil

	named atomic.Bool // a blob got its name since the last record
}

// Observe calls f for every record from here on that is in the journal, one
// after the other, also for those that a resumed run had there already. It must
// not use the writer.
func (w *Writer) Observe(f func(Record)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watch = f
}

// Create makes the run directory dir, which must not exist, its header, and
// the blobs that the header names. There is a journal as soon as it has its
// header, not before.
func Create(dir string, h Header, blobs ...[]byte) (*Writer, error) {
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
	for _, data := range blobs {
		if err := writeBlob(filepath.Join(dir, blobDir, string(Sum(data))), data); err != nil {
			return nil, err
		}
	}
	syncDir(filepath.Join(dir, blobDir))
	// It is written under another name, and opened again under its own: not
	// every system renames open files.
	name := filepath.Join(dir, File)
	line, err := encode(Record{Header: &h})
	if err != nil {
		return nil, err
	}
	if err := writeSynced(name+newSuffix, line); err != nil {
		return nil, err
	}
	failpoint("header")
	if err := os.Rename(name+newSuffix, name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, err
	}
	syncDir(dir)
	syncDir(filepath.Dir(dir))
	return &Writer{dir: dir, file: f, size: int64(len(line))}, nil
}

func encode(r Record) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return buf.Bytes(), nil
}

func writeSynced(name string, data []byte) error {
	if err := room(); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// newSuffix ends the name of a journal that has no header yet.
const newSuffix = ".new"

// lock locks the journal, where that is possible.
func lock(f *os.File) error {
	err := filelock.Try(f)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// Dir is the directory of the run.
func (w *Writer) Dir() string { return w.dir }

// Append writes one record and waits until it is on disk. After an error every
// further call returns it.
func (w *Writer) Append(r Record) (err error) {
	line, err := encode(r)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if w.watch != nil {
		defer func() {
			if err == nil {
				w.watch(r)
			}
		}()
	}
	if len(w.again) > 0 && r.once() {
		if h := Sum(line); w.again[h] > 0 {
			w.again[h]--
			return nil
		}
	}
	err = w.write(line)
	if err != nil && w.release() {
		err = w.write(line)
	}
	if err != nil {
		w.err = fmt.Errorf("journal: %w", err)
	}
	return w.err
}

// write appends a line. If it fails, nothing of the line stays, as far as the
// disk allows.
func (w *Writer) write(line []byte) error {
	if w.named.Swap(false) {
		syncDir(filepath.Join(w.dir, blobDir))
	}
	failpoint("line")
	rest := line
	err := room()
	if failing && err == nil {
		_, err = w.file.Write(line[:len(line)/2])
		rest = line[len(line)/2:]
		failpoint("torn")
	}
	if err == nil {
		_, err = w.file.Write(rest)
	}
	if err == nil {
		failpoint("written")
		err = w.file.Sync()
	}
	if err != nil {
		os.Truncate(w.file.Name(), w.size)
		return err
	}
	failpoint("synced")
	w.size += int64(len(line))
	return nil
}

// Blob stores data and returns its name. It is sure to last once a record that
// names it was appended.
func (w *Writer) Blob(data []byte) (Hash, error) {
	h := Sum(data)
	path := filepath.Join(w.dir, blobDir, string(h))
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return h, nil
	}
	err := writeBlob(path, data)
	defer w.named.Store(true)
	if err != nil {
		w.mu.Lock()
		if w.release() {
			err = writeBlob(path, data)
		}
		w.mu.Unlock()
	}
	if err != nil {
		return "", fmt.Errorf("journal: %w", err)
	}
	return h, nil
}

func writeBlob(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix)
	if err != nil {
		return err
	}
	if err = room(); err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		failpoint("blob")
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	failpoint("named")
	return nil
}

// ReadBlob returns the content of a blob that was stored.
func (w *Writer) ReadBlob(h Hash) ([]byte, error) { return readBlob(w.dir, h) }

// tempPrefix begins the names of blobs that are not whole yet.
const tempPrefix = "tmp-"

// Close closes the journal.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release()
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
