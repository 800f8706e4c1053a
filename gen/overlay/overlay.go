// Package overlay delivers rewritten source to the go command without touching
// a file of the user.
//
// [Write] stores the rewritten files in a directory of its own, and an
// overlay.json that tells go build, go test and go run to read them in place
// of the originals. Three things make this work in modules that have never
// heard of us:
//
//   - The recorder runtime, which rewritten code imports, is carried by the
//     tool. It is unpacked once per content to the cache directory, as a module
//     with the lowest go line that works and no requirements.
//   - The module is brought in by an overlay: of go.work (one more use line) in
//     workspace mode, else of go.mod (require and replace). A copy of the
//     module that the user requires already is replaced all the same, because
//     rewritten code and runtime must be of one version. go.sum is not needed
//     for a directory and stays as it is.
//   - vendor/modules.txt is not read through the overlay, so with a vendor
//     directory the overlay replaces every vendored module by its directory
//     under vendor/ and switches to -mod=readonly: the same source is compiled,
//     and still nothing is downloaded.
//
// The user's go line decides about the language. When it is older than type
// parameters, the rewritten files (and no others) get a //go:build go1.18 line,
// which lifts their language version and changes no loop variables.
//
// Names of stored files follow from path and content only, so a package that
// did not change keeps the build cache hot.
//
// Limits of the go command that callers must refuse or mention: -cover drops
// overlays silently (golang/go#73802), and files in the module cache cannot be
// overlaid.
package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	embedded "github.com/opto-go/trace"
)

// Module is the path of the module that rewritten code imports.
const Module = "github.com/opto-go/trace"

// Options says where an overlay goes and what it has to bring along.
type Options struct {
	// Dir is an existing directory for overlay.json, the replaced files and,
	// if needed, the edited copies of module files.
	Dir string

	// The user's main module, as gen.Program has it. ModRoot and GoMod are
	// needed when Runtime is set. GoMod is the file given by -modfile, if one
	// is.
	ModRoot, ModPath, GoMod, GoWork string

	// Mod is the value of the -mod flag in effect, from the command line or
	// GOFLAGS; empty: the go command's default.
	Mod string

	// Runtime brings in the recorder runtime. Overlays of candidates, which
	// record nothing, leave it out.
	Runtime bool

	// Source is the runtime; nil: the one that this program carries.
	Source []embedded.File

	// CacheDir is where the runtime is unpacked; empty: the user cache
	// directory's trace.
	CacheDir string

	// Extra names overlay.json files of the caller (-overlay on the command
	// line or in GOFLAGS) to merge. Both their names and the names in them are
	// relative to Base; empty: the working directory.
	Extra []string
	Base  string

	// Stored are files that stand for others already, by absolute name.
	Stored map[string]string

	// Layered says that files were made from the text that Extra puts in
	// place. They win over it then; otherwise a file in both is an error.
	Layered bool

	// Readable stores replaced files under their path below ModRoot, for
	// people to read, instead of names that follow from the content.
	Readable bool
}

// Overlay is a written overlay.
type Overlay struct {
	JSON    string // the overlay.json file
	Runtime string // the unpacked recorder runtime, empty if there is none

	// Flags are to be given to go build, go test or go run, after the user's
	// own, so that they win: -overlay, and -mod where the vendor directory is
	// stood in for.
	Flags []string
}

// Write stores files (absolute file name → content) in an overlay.
func Write(files map[string][]byte, opt Options) (*Overlay, error) {
	dir, err := realDir(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("overlay directory: %w", err)
	}
	opt.Dir = dir
	w := &writer{opt: opt, replace: map[string]string{}}

	extra, err := Read(opt.Extra, opt.Base)
	if err != nil {
		return nil, err
	}
	for from, to := range extra {
		w.replace[from] = to
	}

	for _, name := range sortedKeys(opt.Stored) {
		if err := w.point(name, opt.Stored[name], false); err != nil {
			return nil, err
		}
	}

	var flags []string
	if opt.Runtime {
		edits, err := w.bringRuntime()
		if err != nil {
			return nil, err
		}
		flags = edits.flags
		for name, content := range edits.files {
			if err := w.add(name, content, true); err != nil {
				return nil, err
			}
		}
		if files, err = liftAll(files); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(files) {
		if err := w.add(name, files[name], opt.Layered); err != nil {
			return nil, err
		}
	}

	data, err := json.MarshalIndent(struct{ Replace map[string]string }{w.replace}, "", "\t")
	if err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "overlay.json")
	if err := writeFile(out, append(data, '\n')); err != nil {
		return nil, err
	}
	return &Overlay{JSON: out, Runtime: w.runtime, Flags: append([]string{"-overlay=" + out}, flags...)}, nil
}

// writer collects the Replace map of one overlay.
type writer struct {
	opt     Options
	replace map[string]string
	runtime string // where the runtime was unpacked
}

// add stores content and lets it stand for the file name. over says that it
// may stand for a file that the caller's overlay replaces.
func (w *writer) add(name string, content []byte, over bool) error {
	if !filepath.IsAbs(name) {
		return fmt.Errorf("overlay: file name %s is not absolute", name)
	}
	keys, err := spellings(name)
	if err != nil {
		return err
	}
	stored := w.storedName(keys[len(keys)-1], content)
	if err := w.replaceAll(keys, stored, over); err != nil {
		return err
	}
	return writeFile(stored, content)
}

// point lets the file stored stand for the file name.
func (w *writer) point(name, stored string, over bool) error {
	keys, err := spellings(name)
	if err != nil {
		return err
	}
	return w.replaceAll(keys, stored, over)
}

func (w *writer) replaceAll(keys []string, stored string, over bool) error {
	for _, key := range keys {
		if by, ok := w.replace[key]; ok && !over {
			return fmt.Errorf("%s: replaced by the caller's -overlay (with %s) and by this one", key, by)
		}
	}
	for _, key := range keys {
		w.replace[key] = stored
	}
	return nil
}

// storedName is where the content that stands for the file name goes: a
// function of name and content, so that equal input gives equal overlays.
func (w *writer) storedName(name string, content []byte) string {
	if w.opt.Readable && w.opt.ModRoot != "" {
		if root, err := realDir(w.opt.ModRoot); err == nil {
			if rel, err := filepath.Rel(root, name); err == nil && filepath.IsLocal(rel) {
				return filepath.Join(w.opt.Dir, rel)
			}
		}
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", name)
	h.Write(content)
	// Vet's check of tests goes by the name that it is given.
	ext := filepath.Ext(name)
	if strings.HasSuffix(name, "_test.go") {
		ext = "_test.go"
	}
	base := strings.TrimSuffix(filepath.Base(name), ext)
	return filepath.Join(w.opt.Dir, base+"."+hex.EncodeToString(h.Sum(nil)[:12])+ext)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
