package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/opto-go/trace/gen"
)

// A text is the content of one file as it was loaded.
type text struct {
	path string // absolute
	data []byte
	sum  [sha256.Size]byte
	crlf bool // most lines end in \r\n

	index *index
	once  sync.Once
	used  map[string]map[string]bool // see bases
}

func newText(path string, data []byte) *text {
	lines := bytes.Count(data, []byte("\n"))
	return &text{
		path: path,
		data: data,
		sum:  sha256.Sum256(data),
		crlf: 2*bytes.Count(data, []byte("\r\n")) > lines,
	}
}

// native gives s, whose lines end in \n, the line endings of the file.
func (t *text) native(s string) string {
	if t.crlf {
		return strings.ReplaceAll(s, "\n", "\r\n")
	}
	return s
}

// unixLines ends the lines of s in \n.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// texts reads each file of a program once.
type texts struct {
	prog  *gen.Program
	index *index
	files map[string]*text
}

// read returns the content of path, from the program's overlay if it is there.
// tf is the file as it was parsed, nil if it was not: a difference means that
// the file changed after loading, and the positions of the syntax are stale.
func (ts *texts) read(path string, tf *token.File) (*text, error) {
	if t := ts.files[path]; t != nil {
		return t, nil
	}
	data, ok := ts.prog.Config.Overlay[path]
	if !ok {
		var err error
		if data, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	if tf != nil && !sameLines(data, tf) {
		return nil, fmt.Errorf("%s changed while it was loaded: run again", filepath.Base(path))
	}
	t := newText(path, data)
	t.index = ts.index
	ts.files[path] = t
	return t, nil
}

// sameLines reports whether data has the size and the line table of tf.
func sameLines(data []byte, tf *token.File) bool {
	f := token.NewFileSet().AddFile("", -1, len(data))
	f.SetLinesForContent(data)
	return len(data) == tf.Size() && slices.Equal(f.Lines(), tf.Lines())
}
