// Package embedded carries the source of the runtime inside the tools.
//
// Instrumented code imports package trace and its recorder. A module that is
// recorded for the first time does not require them, and must not have to: so
// tracegen unpacks the files of this package into the user's cache directory,
// with a go.mod of their own, and brings them in by an overlay. An installed
// tool has no other way to its sources, and the copy it carries always fits
// the code it generates.
//
// It is the module's root package because go:embed reaches only downwards.
package embedded

import (
	"embed"
	"io/fs"
	"sort"
	"strings"
)

//go:embed runtime/*.go runtime/*/*.go runtime/internal/*/*.go runtime/tape/*.s
var source embed.FS

// A File is one source file of the runtime, of Go or assembly.
type File struct {
	Name string // relative to the module root, with slashes: runtime/graph.go
	Data []byte
}

// Files returns the source files of the runtime, tests left out, sorted by
// name.
func Files() []File {
	var files []File
	err := fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := source.ReadFile(name)
		files = append(files, File{name, data})
		return err
	})
	if err != nil {
		panic(err) // an embed.FS is memory: it cannot fail
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Name < files[j].Name })
	return files
}
