package indirect

import (
	"archive/zip"
	"fmt"
	"os"
	"time"
)

// An entry is what files are described by, of which the package that declares the
// interface is not imported here.
type entry struct{ name string }

func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return int64(len(e.name)) }
func (e entry) Mode() os.FileMode  { return 0o600 }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return false }
func (e entry) Sys() any           { return nil }

// Main calls methods of the interface.
func Main() {
	h := &zip.FileHeader{Name: "a/b", UncompressedSize64: 7}
	info := h.FileInfo()
	size := info.Size()
	info = entry{"entry"}
	fmt.Println(size, info.Name(), info.Size()+size)
}
