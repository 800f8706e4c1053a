package vet

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/aymanbagabas/go-udiff"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
	"github.com/opto-go/trace/internal/replace"
	"github.com/opto-go/trace/internal/ui"
)

// maxRounds bounds how often packages are loaded again. One that is mended may
// show what could not be seen before: a comment that became a directive has
// arguments. Edits that overlap wait for the next round, too.
const maxRounds = 8

// A fix is one fix of one file, by offsets.
type fix struct {
	pos     token.Position
	message string
	edits   []edit // in order
}

type edit struct {
	start, end int
	text       string
}

func compareEdits(a, b edit) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.text, b.text))
}

// mend applies fixes in memory until there are none left, then writes the
// files or prints the difference. It returns the packages as they are then.
func (v *vetter) mend(pkgs []*packages.Package) ([]*packages.Package, error) {
	var done []fix
	for range maxRounds {
		applied, err := v.round(pkgs)
		if err != nil {
			return nil, err
		}
		if len(applied) == 0 {
			break
		}
		done = append(done, applied...)
		if pkgs, err = v.load(); err != nil {
			return nil, err
		}
	}
	var names []string
	for name := range v.overlay {
		names = append(names, name)
	}
	slices.Sort(names)
	if v.Diff {
		for _, name := range names {
			label := filepath.ToSlash(report.ShortPath(v.Dir, name))
			io.WriteString(v.Stdout, udiff.Unified("a/"+label, "b/"+label, string(v.original[name]), string(v.overlay[name])))
		}
		return pkgs, nil
	}
	files := make([]replace.File, len(names))
	for i, name := range names {
		files[i] = replace.File{Name: name, Data: v.overlay[name]}
	}
	if err := replace.Files(files); err != nil {
		return nil, err
	}
	for _, f := range done {
		f.pos.Filename = report.ShortPath(v.Dir, f.pos.Filename)
		fmt.Fprintf(v.Stderr, "%s: fixed: %s\n", f.pos, f.message)
	}
	return pkgs, nil
}

// round applies the fixes of the packages as they were loaded, and returns
// those that it did apply.
func (v *vetter) round(pkgs []*packages.Package) ([]fix, error) {
	files := map[string][]fix{}
	for _, pkg := range pkgs {
		_, problems := directive.Collect(FromPackages(pkg))
		for _, p := range problems {
			if p.Fix == nil || !mayEdit(pkg, p.Pos) {
				continue
			}
			f := offsets(pkg.Fset, p.Pos, p.Fix)
			files[f.pos.Filename] = append(files[f.pos.Filename], f)
		}
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var applied []fix
	for _, name := range names {
		old, ok := v.overlay[name]
		if !ok {
			var err error
			if old, err = os.ReadFile(name); err != nil {
				return nil, err
			}
			v.original[name] = old
		}
		chosen := compatible(files[name])
		text, err := apply(old, chosen)
		if err != nil {
			return nil, ui.Errorf("%s: changed while it was read", name).WithHint("run tracegen vet again")
		}
		v.overlay[name] = text
		applied = append(applied, chosen...)
	}
	return applied, nil
}

// mayEdit reports whether a file is the user's own: not of another module, not
// generated, and not what cgo made of it.
func mayEdit(pkg *packages.Package, pos token.Pos) bool {
	if pkg.Module != nil && !pkg.Module.Main {
		return false
	}
	for _, f := range pkg.Syntax {
		if f.FileStart <= pos && pos <= f.FileEnd {
			return !ast.IsGenerated(f) && slices.Contains(pkg.GoFiles, pkg.Fset.PositionFor(pos, false).Filename)
		}
	}
	return false
}

func offsets(fset *token.FileSet, pos token.Pos, f *directive.Fix) fix {
	file := fset.File(pos)
	out := fix{pos: fset.PositionFor(pos, false), message: f.Message}
	for _, e := range f.Edits {
		out.edits = append(out.edits, edit{file.Offset(e.Pos), file.Offset(e.End), e.New})
	}
	slices.SortFunc(out.edits, compareEdits)
	return out
}

// compatible returns the fixes of a file, by position and each one once,
// without those that overlap an earlier one.
func compatible(fixes []fix) []fix {
	slices.SortStableFunc(fixes, func(a, b fix) int {
		return cmp.Or(cmp.Compare(a.pos.Offset, b.pos.Offset), cmp.Compare(a.message, b.message))
	})
	var chosen []fix
	for _, f := range fixes {
		if !slices.ContainsFunc(chosen, f.overlaps) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// overlaps reports whether two fixes touch the same text. Two that insert at one
// place do as well: which comes first is not known.
func (f fix) overlaps(g fix) bool {
	for _, a := range f.edits {
		for _, b := range g.edits {
			if a.start < b.end && b.start < a.end || a.start == b.start {
				return true
			}
		}
	}
	return false
}

// apply edits a text. One that was as gofmt would have it is so again.
func apply(old []byte, fixes []fix) ([]byte, error) {
	var edits []edit
	for _, f := range fixes {
		edits = append(edits, f.edits...)
	}
	slices.SortFunc(edits, compareEdits)
	var out []byte
	last := 0
	for _, e := range edits {
		if e.start < last || e.end < e.start || e.end > len(old) {
			return nil, fmt.Errorf("offset %d is out of place", e.start)
		}
		out = append(append(out, old[last:e.start]...), e.text...)
		last = e.end
	}
	out = append(out, old[last:]...)
	if was, err := format.Source(old); err == nil && bytes.Equal(was, old) {
		return format.Source(out)
	}
	return out, nil
}
