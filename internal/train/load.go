package train

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
)

// A state is the program with an accepted assignment. Of one that is not a
// parent now, what was loaded may be gone; session.open brings it back.
type state struct {
	prog   *gen.Program
	params []*source.Param
	check  *source.Checker
	files  map[string][]byte // absolute name → content, where it differs from the original
	hash   journal.Hash
	code   source.Code
	eval   *evaluation
	held   *evaluation // of the held-out cases, once it is verified

	node   *strategy.State
	parent *state              // what it was made from; nil for the original
	tries  []try               // what was made from it, oldest first
	recs   map[string]recorded // what its cases recorded; nil: nothing yet
	unseen []string            // parameters, by ID, that code names which is not followed
}

// load reads the program with files in place of those on disk.
func (s *session) load(ctx context.Context, files map[string][]byte) (*state, error) {
	prog := s.reload(ctx, files)
	if prog == nil {
		var err error
		if prog, err = s.loadAnew(ctx, files); err != nil {
			return nil, err
		}
	}
	dirs := mainModules(prog)
	for _, path := range sortedKeys(dirs) {
		if name := filepath.Join(dirs[path], source.Journal); isThere(name) {
			return nil, &ui.Error{Code: ui.Broken, Err: fmt.Errorf("%s: an earlier apply was cut off, and some files may hold its result and others not", relName(prog.ModRoot, name)),
				Hint: "tracetrain apply RUN restores what was there and applies the run; or compare with git and delete the file"}
		}
	}
	if err := prog.CheckDirectives(); err != nil {
		return nil, &ui.Error{Code: ui.Broken, Err: err}
	}
	params, err := source.Params(prog)
	if err != nil {
		return nil, &ui.Error{Code: ui.Broken, Err: err, Hint: "tracegen vet shows all findings"}
	}
	source.Widen(params, s.opt.Allow)
	st := &state{prog: prog, params: params, check: source.NewChecker(prog, params), files: files}
	st.code, err = st.check.Code(ctx, optimizer.Proposal{})
	return st, err
}

// loadAnew has the go command tell what belongs to the program.
func (s *session) loadAnew(ctx context.Context, files map[string][]byte) (*gen.Program, error) {
	start := time.Now()
	prog, err := gen.Load(ctx, gen.Config{
		Dir:      s.opt.Dir,
		Patterns: s.opt.Patterns,
		Tags:     s.opt.Tags,
		Env:      s.opt.Environ,
		Tests:    true,
		Overlay:  files,
	})
	var broken *gen.LoadError
	var none *gen.NoModuleError
	switch {
	case err == nil:
		if s.base == nil {
			s.loaded = s.sourcesOf(prog, start)
		}
		return prog, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &broken):
		return nil, &ui.Error{Code: ui.Broken, Err: err}
	case errors.As(err, &none):
		return nil, &ui.Error{Code: ui.Broken, Err: err, Hint: none.Hint()}
	}
	return nil, err
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// candidateHash names a set of changed files.
func candidateHash(root string, files map[string][]byte) journal.Hash {
	h := sha256.New()
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(h, "%s\x00%d\x00", relName(root, name), len(files[name]))
		h.Write(files[name])
	}
	return journal.Hash(hex.EncodeToString(h.Sum(nil)))
}

func relName(root, name string) string {
	if rel, err := filepath.Rel(root, name); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(name)
}

// with returns the files of st after those in changed changed, without those that are
// as they were originally.
func (s *session) with(st *state, changed map[string][]byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, src := range st.files {
		files[name] = src
	}
	for name, src := range changed {
		orig, err := s.original(name)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(orig, src) {
			delete(files, name)
			continue
		}
		files[name] = src
	}
	return files, nil
}

// original is the content of a file when the run first saw it.
func (s *session) original(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src, ok := s.originals[name]; ok {
		return src, nil
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s.originals[name] = src
	return src, nil
}

// A unit is a package whose tests run, or a program.
type unit struct {
	pkg   string // import path
	dir   string
	rel   string // of the import path to the module's
	test  bool
	top   []string // selected top-level tests, examples and fuzz targets, in source order
	tests []string // all top-level tests, in source order

	benchmarks []string // all, in source order
	bench      []string // those selected
}

// without lists the top-level tests but those that are skipped.
func (u *unit) without(skip []string) []string {
	if len(skip) == 0 {
		return u.top
	}
	return slices.DeleteFunc(slices.Clone(u.top), func(top string) bool { return slices.Contains(skip, top) })
}

// findUnits lists the named packages that can be run. Programs are none where
// something else says how good they are.
func findUnits(prog *gen.Program, run, bench string, programs bool) ([]*unit, error) {
	files := map[string][]*ast.File{} // of tests
	plain := map[string]*packages.Package{}
	var order []string
	for _, p := range prog.Roots {
		of := p.PkgPath
		if p.ForTest != "" {
			of = p.ForTest
		}
		if plain[of] == nil {
			order = append(order, of)
		}
		if p.ForTest == "" || plain[of] == nil {
			plain[of] = p
		}
		for _, f := range p.Syntax {
			name := prog.Fset.Position(f.FileStart).Filename
			if strings.HasSuffix(name, "_test.go") && !contains(prog, files[of], name) {
				files[of] = append(files[of], f)
			}
		}
	}
	slices.Sort(order)
	order = slices.Compact(order)
	var units []*unit
	for _, pkg := range order {
		p := plain[pkg]
		if len(p.GoFiles) == 0 {
			continue
		}
		u := &unit{pkg: pkg, dir: filepath.Dir(p.GoFiles[0]), rel: strings.TrimPrefix(strings.TrimPrefix(pkg, prog.ModPath), "/")}
		if u.rel == "" {
			u.rel = path.Base(pkg)
		}
		all := build.TopLevel(files[pkg])
		top, err := build.SelectTop(all, run)
		if err != nil {
			return nil, ui.Errorf("-run: %w", err)
		}
		u.tests = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !build.IsShuffled(name) })
		u.benchmarks = build.Benchmarks(files[pkg])
		if bench != "" {
			if u.bench, err = build.SelectTop(u.benchmarks, bench); err != nil {
				return nil, ui.Errorf("-bench: %w", err)
			}
		}
		switch {
		case len(top) > 0 || bench != "" && len(u.benchmarks) > 0:
			u.test, u.top = true, top
		case p.Name == "main" && len(all) == 0 && programs:
		default:
			continue
		}
		units = append(units, u)
	}
	return units, nil
}

func contains(prog *gen.Program, files []*ast.File, name string) bool {
	return slices.ContainsFunc(files, func(f *ast.File) bool {
		return prog.Fset.Position(f.FileStart).Filename == name
	})
}

// caseName names a case of u in the whole run.
func (s *session) caseName(u *unit, name string) string {
	if len(s.units) == 1 || s.score != nil && u == s.score.unit {
		return name
	}
	return u.rel + "." + name
}

// overlay returns the function that writes overlays for the build.
func (s *session) overlay(runtime bool) func(string, map[string][]byte, map[string]string) ([]string, error) {
	prog := s.base.prog
	return func(dir string, files map[string][]byte, stored map[string]string) ([]string, error) {
		o, err := overlay.Write(files, overlay.Options{
			Dir:     dir,
			ModRoot: prog.ModRoot, ModPath: prog.ModPath, GoMod: prog.GoMod, GoWork: prog.GoWork,
			Mod:     build.FlagValue(s.opt.Environ, "mod"),
			Runtime: runtime,
			Stored:  stored,
		})
		if err != nil {
			return nil, err
		}
		return o.Flags, nil
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// content is the text of a file as st has it; nil if it cannot be read.
func (st *state) content(name string) []byte {
	if src, ok := st.files[name]; ok {
		return src
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return src
}
