package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// reserveFile takes the room on disk that an answer will need.
const reserveFile = "reserve"

// reserveSize is more than what is read of any answer, with its record, and
// enough for several answers of the common size that come at a time.
const reserveSize = 4 << 20

// Reserve makes sure that what comes back can be kept although the disk gets
// full meanwhile. It is called before anything is paid for. When a later write
// finds no room, it takes that of the reserve.
func (w *Writer) Reserve() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	name := filepath.Join(w.dir, reserveFile)
	if st, err := os.Stat(name); err == nil && st.Size() == reserveSize {
		return nil
	}
	if err := fill(name, reserveSize); err != nil {
		os.Remove(name)
		return fmt.Errorf("journal: there is no room for another answer: %w", err)
	}
	return nil
}

// fill writes a file that no file system can make smaller.
func fill(name string, size int) error {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(data)
	return writeSynced(name, data)
}

// release gives the reserve back and reports whether there was one.
func (w *Writer) release() bool {
	return os.Remove(filepath.Join(w.dir, reserveFile)) == nil
}
