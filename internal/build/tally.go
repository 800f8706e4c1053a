package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// What a program may have on disk at once, in its home and where it leaves what we
// read: as much as a home in memory has room for.
const (
	maxDisk  = 512 << 20 // bytes
	maxFiles = 64 << 10
)

// A tally counts what a program has on disk, now and then. It sees files that have
// a name, in directories that can be read: this is for programs that run wild, not
// for those that hide.
type tally struct {
	dirs  []string
	bytes int64
	files int
	next  time.Time
}

// Counting takes a twentieth of the time of a processor at most.
const (
	tallyEvery = 50 * time.Millisecond
	tallyShare = 20
)

// over counts if it is time to, and says what there is too much of.
func (t *tally) over() (why string, over bool) {
	begun := time.Now()
	if begun.Before(t.next) {
		return "", false
	}
	bytes, files := int64(0), 0
	for _, dir := range t.dirs {
		t.count(dir, &bytes, &files)
	}
	t.next = time.Now().Add(max(tallyEvery, tallyShare*time.Since(begun)))
	switch {
	case bytes > t.bytes:
		return fmt.Sprintf("had more than %d MiB in files", t.bytes>>20), true
	case files > t.files:
		return fmt.Sprintf("had more than %d files", t.files), true
	}
	return "", false
}

var errEnough = errors.New("enough")

// count adds what lies in dir, and stops when it is too much. Links that the
// program makes meanwhile do not lead it elsewhere.
func (t *tally) count(dir string, bytes *int64, files *int) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return
	}
	defer root.Close()
	fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return nil // gone meanwhile, or not to be read
		}
		*files++
		if d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				*bytes += onDisk(info)
			}
		}
		if *bytes > t.bytes || *files > t.files {
			return errEnough
		}
		return nil
	})
}
