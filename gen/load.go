package gen

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
)

// RuntimePath is the import path of package trace.
const RuntimePath = "github.com/opto-go/trace/runtime"

// TapePath is the import path of the recorder that instrumented code calls.
const TapePath = RuntimePath + "/tape"

// LoadError lists everything that is wrong with the loaded packages.
type LoadError struct {
	// Lines are complete messages, "file:line:col: message" where a position
	// is known, sorted.
	Lines []string
}

func (e *LoadError) Error() string { return strings.Join(e.Lines, "\n") }

const loadMode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
	packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo |
	packages.NeedModule | packages.NeedForTest | packages.NeedEmbedFiles | packages.NeedEmbedPatterns

// Load loads the named packages, and from source every package of the main
// modules that they depend on. Packages of other modules come from export
// data only.
//
// The error is a *LoadError if a package does not exist or does not compile, and
// a *NoModuleError if there is no module to load packages of.
func Load(ctx context.Context, cfg Config) (*Program, error) {
	p, err := load(ctx, cfg)
	if err == nil || ctx.Err() != nil {
		return p, err
	}
	dir, abs := filepath.Abs(cfg.Dir)
	if abs != nil {
		return nil, err
	}
	if none := outsideModule(ctx, dir, cfg.Env); none != nil {
		return nil, none
	}
	return nil, err
}

func load(ctx context.Context, cfg Config) (*Program, error) {
	if len(cfg.Patterns) == 0 {
		cfg.Patterns = []string{"."}
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if r, err := filepath.EvalSymlinks(dir); err == nil {
		dir = r
	}
	cfg.Dir = dir
	p := &Program{Config: cfg, Fset: token.NewFileSet()}
	pc := packages.Config{
		Context:    ctx,
		Dir:        cfg.Dir,
		Env:        cfg.Env,
		Tests:      cfg.Tests,
		Fset:       p.Fset,
		BuildFlags: slices.Clone(cfg.BuildFlags),
	}
	if pc.Env == nil {
		pc.Env = os.Environ()
	}
	// The patterns are ours to name: without this a driver of the environment
	// would answer for them.
	pc.Env = append(pc.Env[:len(pc.Env):len(pc.Env)], "GOPACKAGESDRIVER=off", "PWD="+dir)
	if cfg.Tags != "" {
		pc.BuildFlags = append(pc.BuildFlags, "-tags="+cfg.Tags)
	}
	if len(cfg.Overlay) > 0 {
		remove, err := replaceFiles(&pc, cfg.Overlay)
		if err != nil {
			return nil, err
		}
		defer remove()
	}

	patterns, err := mainPackages(pc, cfg.Patterns)
	if err != nil {
		return nil, err
	}
	p.Cgo = patterns.cgo
	pc.Mode = loadMode
	pkgs, err := packages.Load(&pc, patterns.all...)
	if err != nil {
		return nil, loadFailure(err)
	}
	if err := collectErrors(pkgs, dir); err != nil {
		return nil, err
	}
	p.arrange(pkgs, patterns.named)
	if len(p.Roots) == 0 {
		return nil, &LoadError{Lines: []string{fmt.Sprintf("no Go packages match %s", strings.Join(cfg.Patterns, " "))}}
	}
	if err := p.findModule(); err != nil {
		return nil, err
	}
	p.collectTargets()
	return p, nil
}

// loadFailure is the error of a load that could not even begin. What go list said
// comes in an envelope that tells people nothing.
func loadFailure(err error) error {
	text := strings.TrimSpace(err.Error())
	if rest, ok := strings.CutPrefix(text, "err: "); ok {
		how, said, _ := strings.Cut(rest, ": stderr:")
		if text = strings.TrimSpace(said); text == "" {
			text = "go list failed: " + how
		}
	}
	return &LoadError{Lines: strings.Split(text, "\n")}
}

// collectErrors gathers the errors of all packages, once each, with positions
// relative to dir.
func collectErrors(pkgs []*packages.Package, dir string) error {
	list := report.Sort(report.LoadErrors(pkgs))
	if len(list) == 0 {
		return nil
	}
	return &LoadError{Lines: strings.Split(report.Text(dir, list), "\n")}
}

// arrange sorts the loaded packages: dependencies first, the named ones also
// in Roots.
func (p *Program) arrange(pkgs []*packages.Package, named map[string]bool) {
	sort.Slice(pkgs, func(i, j int) bool { return pkgs[i].ID < pkgs[j].ID })
	loaded := map[*packages.Package]bool{}
	for _, q := range pkgs {
		loaded[q] = true
	}
	done := map[*packages.Package]bool{}
	var visit func(*packages.Package)
	visit = func(q *packages.Package) {
		if done[q] {
			return
		}
		done[q] = true
		for _, path := range sortedKeys(q.Imports) {
			visit(q.Imports[path])
		}
		if !loaded[q] || len(q.Syntax) == 0 || strings.HasSuffix(q.ID, ".test") && q.Name == "main" {
			return
		}
		p.Packages = append(p.Packages, q)
		if len(named) == 0 || named[plainPath(q.ID, q.Name, q.ForTest)] {
			p.Roots = append(p.Roots, q)
		}
	}
	for _, q := range pkgs {
		visit(q)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// findModule sets the module fields from the first root.
func (p *Program) findModule() error {
	for _, r := range p.Roots {
		if r.Module == nil {
			continue
		}
		if !r.Module.Main {
			return &LoadError{Lines: []string{fmt.Sprintf("%s: package lies in the module cache (module %s)\n\thint: only packages of the main module can be instrumented; check the module out, or name it in a go.work file", r.PkgPath, r.Module.Path)}}
		}
		p.ModRoot, p.ModPath, p.GoMod = r.Module.Dir, r.Module.Path, r.Module.GoMod
		if d, err := filepath.EvalSymlinks(p.ModRoot); err == nil {
			p.ModRoot = d
		}
		p.GoWork = goWork(p.Config)
		return nil
	}
	r := p.Roots[0]
	if r.PkgPath == namedFiles {
		return p.findModuleOfFiles()
	}
	return &LoadError{Lines: []string{fmt.Sprintf("%s: package is not part of a module\n\thint: run go mod init in its folder first", r.PkgPath)}}
}

// namedFiles is the import path of a package that is named by its files.
const namedFiles = "command-line-arguments"

// language gives the go line that holds for a package, and whether the package
// is one of the main modules.
func (p *Program) language(q *packages.Package) (goLine string, main bool) {
	if q.Module == nil {
		return p.goLine, q.PkgPath == namedFiles
	}
	return q.Module.GoVersion, q.Module.Main
}

// findModuleOfFiles sets the module fields for named files, whose package has
// no import path: the module is that of the working directory.
func (p *Program) findModuleOfFiles() error {
	for dir := p.Config.Dir; ; {
		file := filepath.Join(dir, "go.mod")
		if data, err := os.ReadFile(file); err == nil {
			p.ModRoot, p.GoMod, p.ModPath = dir, file, modfile.ModulePath(data)
			if m, err := modfile.ParseLax(file, data, nil); err == nil && m.Go != nil {
				p.goLine = m.Go.Version
			}
			p.GoWork = goWork(p.Config)
			return nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return &LoadError{Lines: []string{"the named files are not part of a module\n\thint: run go mod init first"}}
		}
		dir = up
	}
}

// collectTargets reads the directives of every loaded file once.
func (p *Program) collectTargets() {
	for _, u := range p.units() {
		ts, problems := directive.Collect(u.directives(p.Fset))
		p.Findings = append(p.Findings, report.Problems(p.Fset, problems)...)
		for _, t := range ts {
			if u.owns[p.Fset.PositionFor(t.Pos, false).Filename] {
				p.Targets = append(p.Targets, t)
			}
		}
	}
	p.Findings = report.Sort(p.Findings)
}

// CheckDirectives returns a *LoadError that lists everything that is wrong
// with the directives of the loaded packages: a misspelt one would silently
// do nothing.
func (p *Program) CheckDirectives() error {
	if len(p.Findings) == 0 {
		return nil
	}
	return &LoadError{Lines: strings.Split(report.Text(p.Config.Dir, p.Findings), "\n")}
}

// A unit is a package together with the files that it is the best home of: a
// file of a package under test belongs to several variants, and is looked at
// in the one with most files.
type unit struct {
	*packages.Package
	path string          // import path without a variant's suffix
	owns map[string]bool // files to look at here
}

func (u *unit) directives(fset *token.FileSet) *directive.Package {
	return &directive.Package{Path: u.path, Fset: fset, Files: u.Syntax, Types: u.Types, Info: u.TypesInfo}
}

// units lists the packages, dependencies first, and deals out their files.
func (p *Program) units() []*unit {
	best := map[string]*packages.Package{}
	for _, q := range p.Packages {
		written := map[string]bool{} // cgo replaces files by others
		for _, name := range q.GoFiles {
			written[name] = true
		}
		for _, f := range q.Syntax {
			name := p.fileName(f)
			if !written[name] {
				continue
			}
			if b := best[name]; b == nil || len(q.Syntax) > len(b.Syntax) {
				best[name] = q
			}
		}
	}
	var us []*unit
	for _, q := range p.Packages {
		u := &unit{Package: q, path: q.Types.Path(), owns: map[string]bool{}}
		for _, f := range q.Syntax {
			if name := p.fileName(f); best[name] == q {
				u.owns[name] = true
			}
		}
		us = append(us, u)
	}
	return us
}

// fileName is the name of a file on disk, whatever its //line comments say.
func (p *Program) fileName(f *ast.File) string { return p.Fset.PositionFor(f.Package, false).Filename }

// source returns the text of a loaded file.
func (p *Program) source(name string) ([]byte, error) {
	if b, ok := p.Config.Overlay[name]; ok {
		return b, nil
	}
	return os.ReadFile(name)
}

// Rel gives a file name relative to the module root, with slashes.
func (p *Program) Rel(name string) string {
	if rel, err := filepath.Rel(p.ModRoot, name); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(name)
}
