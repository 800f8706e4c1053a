// Package fresh tells whether something that was made from files can be used
// again: [Inputs] is a record of everything that was read, by content, and
// [Inputs.Fresh] reads again and compares.
//
// The record is complete only if it also knows what was looked for and not
// found, so absent files and the names in a folder are part of it.
package fresh

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Inputs is what was read, each with its digest. It is written as JSON; the
// zero value is an empty record.
type Inputs struct {
	Files    map[string]string `json:"files,omitempty"`    // content of single files
	Packages map[string]string `json:"packages,omitempty"` // folders of Go packages
	Trees    map[string]string `json:"trees,omitempty"`    // names of the Go files below a folder
	Stamps   map[string]string `json:"stamps,omitempty"`   // names, sizes and times of all files below a folder
}

// ChangedSince reports whether a recorded file was written after t: what was
// made meanwhile may come from the text before.
//
// Times of files come from the clock on the wall. When that was set meanwhile they
// say nothing, and the answer is yes; so t has to be what time.Now returned.
func (in *Inputs) ChangedSince(t time.Time) bool {
	now := time.Now()
	return wasSet(now.Sub(t), now.Round(0).Sub(t.Round(0))) || in.youngerThan(t.Add(-clockStep))
}

// wasSet reports whether the clock on the wall was set while so much time passed.
func wasSet(passed, wall time.Duration) bool {
	return wall-passed < -clockSet || wall-passed > clockSet
}

func (in *Inputs) youngerThan(t time.Time) bool {
	after := func(name string) bool {
		fi, err := os.Stat(name)
		return err == nil && fi.ModTime().After(t)
	}
	for name := range in.Files {
		if after(name) {
			return true
		}
	}
	for dir := range in.Packages {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".go" && after(filepath.Join(dir, e.Name())) {
				return true
			}
		}
	}
	return false
}

// clockStep is how coarse the times of files may be.
const clockStep = 20 * time.Millisecond

// clockSet is by how much a clock that runs a little fast or slow does not move
// while something is made.
const clockSet = clockStep / 2

// File adds a file, which may be absent.
func (in *Inputs) File(name string) { add(&in.Files, name, fileDigest) }

// Package adds the Go files of a folder, and the names of those of other
// languages that the go command compiles along.
func (in *Inputs) Package(dir string) { add(&in.Packages, dir, packageDigest) }

// Tree adds the names of the folders below dir that hold Go files, as the
// pattern dir/... finds them.
func (in *Inputs) Tree(dir string) { add(&in.Trees, dir, treeDigest) }

// Stamp adds all files below dir by name, size and time. It is meant for what
// people seldom edit, and for our own files.
func (in *Inputs) Stamp(dir string) { add(&in.Stamps, dir, stampDigest) }

func add(m *map[string]string, name string, digest func(string) string) {
	if *m == nil {
		*m = map[string]string{}
	}
	name = filepath.Clean(name)
	if _, ok := (*m)[name]; !ok {
		(*m)[name] = digest(name)
	}
}

// Fresh reports whether everything is as it was. What cannot be read is not.
func (in *Inputs) Fresh() bool {
	for _, set := range []struct {
		m      map[string]string
		digest func(string) string
	}{{in.Files, fileDigest}, {in.Packages, packageDigest}, {in.Trees, treeDigest}, {in.Stamps, stampDigest}} {
		for name, want := range set.m {
			if got := set.digest(name); got != want || got == unreadable {
				return false
			}
		}
	}
	return true
}

const (
	absent     = "absent"
	unreadable = "unreadable"
)

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:16]) }

func outcome(h hash.Hash, err error) string {
	switch {
	case err == nil:
		return sum(h)
	case os.IsNotExist(err):
		return absent
	}
	return unreadable
}

func fileDigest(name string) string {
	data, err := os.ReadFile(name)
	h := sha256.New()
	h.Write(data)
	return outcome(h, err)
}

func packageDigest(dir string) string {
	entries, err := os.ReadDir(dir)
	h := sha256.New()
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		switch filepath.Ext(e.Name()) {
		case ".go":
			fmt.Fprintf(h, "%q %s", e.Name(), fileDigest(filepath.Join(dir, e.Name())))
		case ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90",
			".s", ".S", ".sx", ".swig", ".swigcxx", ".syso":
			fmt.Fprintf(h, "%q", e.Name())
		}
	}
	return outcome(h, err)
}

func treeDigest(dir string) string {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			// As "go help packages" has it.
			if name != dir && (base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(base) == ".go" || base == "go.mod" {
			fmt.Fprintf(h, "%q", name)
		}
		return nil
	})
	return outcome(h, err)
}

func stampDigest(dir string) string {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %d %d\n", name, fi.Size(), fi.ModTime().UnixNano())
		return nil
	})
	return outcome(h, err)
}
