package wrapper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
	"github.com/opto-go/trace/gen/directive/vet"
	"github.com/opto-go/trace/internal/ui"
)

// Options say what Run does.
type Options struct {
	Dir      string   // working directory; empty: the process's
	Tags     string   // build tags, comma-separated
	Patterns []string // packages; empty: the one in Dir

	// Diff prints what would change to Stdout, and changes nothing. A
	// pattern with "..." then stands only for packages that have the
	// generated file or a //go:generate line that runs tracegen.
	Diff bool

	Stdout io.Writer // differences
	Stderr io.Writer // everything else
}

// Run brings the generated files of packages up to date, all of them or, after
// any error, none. It returns the exit code of the command: 0 if all is well,
// 1 with Diff for files that are out of date, and 2 for problems with directives,
// if a package does not compile, if no directive was found at all, or if a file
// cannot be written.
func Run(ctx context.Context, opt Options) int {
	r := &runner{Options: opt, ctx: ctx}
	return ui.Report(r.Stderr, "tracegen", r.run())
}

type runner struct {
	Options
	ctx context.Context
}

func (r *runner) run() error {
	listed, err := r.load(packages.NeedName|packages.NeedFiles, nil)
	if err != nil {
		return err
	}
	dirs, err := r.dirs(listed)
	if err != nil || len(dirs) == 0 {
		return err
	}
	overlay := Overlay(dirs)
	pkgs, err := r.load(packages.LoadSyntax, overlay)
	if err != nil {
		return err
	}
	units, directives, err := r.generate(pkgs, dirs)
	if err != nil {
		return err
	}
	stale := map[string]string{}
	for _, u := range units {
		diff, changed, err := staleAs(u.Dir, filepath.ToSlash(report.ShortPath(r.Dir, filepath.Join(u.Dir, FileName))), u.Want)
		if err != nil {
			return err
		}
		if changed {
			stale[u.Dir] = diff
		}
	}
	// The generated code is compiled before it is written, and so is code
	// that refers to it and had to be loaded without it.
	if len(stale) > 0 || len(report.LoadErrors(pkgs)) > 0 {
		if err := r.verify(units, overlay); err != nil {
			return err
		}
	}
	if directives == 0 && len(stale) == 0 && !r.Diff {
		return ui.Errorf("no directive in any named package").
			WithHint("put //trace:bundle above a function, or //trace:node above a value; ./... names all packages below, and test files have no wrappers")
	}
	if !r.Diff {
		return Update(units)
	}
	for _, u := range units {
		io.WriteString(r.Stdout, stale[u.Dir])
	}
	if len(stale) > 0 {
		return ui.Failf("%d generated file%s out of date", len(stale), plural(len(stale))).WithHint("run tracegen, or go generate")
	}
	return nil
}

func plural(n int) string {
	if n == 1 {
		return " is"
	}
	return "s are"
}

func (r *runner) load(mode packages.LoadMode, overlay map[string][]byte) ([]*packages.Package, error) {
	cfg := &packages.Config{Context: r.ctx, Mode: mode, Dir: r.Dir, Overlay: overlay}
	if r.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + r.Tags}
	}
	pkgs, err := packages.Load(cfg, r.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("loading packages: %w", err)
	}
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("no packages match %s", strings.Join(r.Patterns, " "))
	}
	return pkgs, nil
}

// dirs returns the folders of the packages to look at.
func (r *runner) dirs(listed []*packages.Package) ([]string, error) {
	wild := false
	for _, p := range r.Patterns {
		wild = wild || strings.Contains(p, "...")
	}
	var dirs []string
	for _, pkg := range listed {
		dir := pkg.Dir
		if dir == "" { // no such package
			continue
		}
		if pkg.PkgPath == "command-line-arguments" {
			return nil, ui.Errorf("named files are no package").WithHint("name the package, as in tracegen ./dir")
		}
		if r.Diff && wild {
			// What is not ours is looked at again where it is in the way.
			if have, err := read(dir); (err != nil || have == nil) && !hasGenerateLine(dir) {
				continue
			}
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) == 0 && !(r.Diff && wild) {
		return nil, r.fail(report.LoadErrors(listed))
	}
	return dirs, nil
}

// generate makes the units of the packages in dirs, and counts directives.
func (r *runner) generate(pkgs []*packages.Package, dirs []string) (units []File, directives int, err error) {
	want := map[string]bool{}
	for _, d := range dirs {
		want[d] = true
	}
	var findings, notes []report.Finding
	for _, pkg := range pkgs {
		if !want[pkg.Dir] {
			continue
		}
		dp := vet.FromPackages(pkg)
		targets, problems := directive.Collect(dp)
		directives += len(targets) + len(problems)
		if len(problems) > 0 {
			findings = append(findings, report.Problems(pkg.Fset, problems)...)
			continue
		}
		u := File{Dir: pkg.Dir}
		if _, err := read(pkg.Dir); err != nil {
			if len(targets) > 0 {
				return nil, 0, err
			}
			continue // somebody's own, in a package that is none of ours
		}
		if pkg.Types != nil {
			u.Want, err = Generate(dp, targets, elsewhere(pkg))
		}
		var e *Error
		switch {
		case errors.As(err, &e):
			findings = append(findings, report.Problems(e.Fset, e.Problems)...)
			continue
		case err != nil:
			return nil, 0, err
		}
		notes = append(notes, report.Problems(pkg.Fset, LeftOut(dp, targets))...)
		units = append(units, u)
	}
	if len(findings) == 0 {
		report.Print(r.Stderr, r.Dir, report.Sort(notes))
		return units, directives, nil
	}
	// Errors of the compiler explain problems of types. Those that come from
	// loading without the generated file would mislead.
	for _, f := range report.LoadErrors(pkgs) {
		if !aboutWrapper(f.Message) {
			findings = append(findings, f)
		}
	}
	return nil, 0, r.fail(findings)
}

// aboutWrapper reports whether a message of the compiler is about a name that
// the generated file may declare.
func aboutWrapper(msg string) bool {
	for _, before := range []string{"undefined: ", "undefined (", "not declared by package "} {
		if _, after, ok := strings.Cut(msg, before); ok {
			name := after[strings.LastIndex(after, ".")+1:]
			if strings.HasPrefix(name, "trace") || strings.HasPrefix(name, "Trace") {
				return true
			}
		}
	}
	return strings.HasPrefix(msg, "# ")
}

// verify type-checks the packages with what the generated files will hold.
func (r *runner) verify(units []File, overlay map[string][]byte) error {
	for _, u := range units {
		name := filepath.Join(u.Dir, FileName)
		if u.Want != nil {
			overlay[name] = u.Want
		}
	}
	pkgs, err := r.load(packages.LoadSyntax, overlay)
	if err != nil {
		return err
	}
	errs := report.LoadErrors(pkgs)
	for i, e := range errs {
		errs[i].Hint = "" // the file has just been generated
		if name, ok := strings.CutPrefix(e.Message, "undefined: "); ok && strings.Contains(name, ".Trace") {
			errs[i].Hint = "if tracegen is to generate it, name that package too, as in tracegen ./..."
		}
		if strings.Contains(e.Message, runtimePath) {
			return ui.Errorf("generated code needs %s, which the module does not require", runtimePath).WithHint("go get github.com/opto-go/trace")
		}
	}
	if len(errs) > 0 {
		return r.fail(errs)
	}
	return nil
}

func (r *runner) fail(findings []report.Finding) error {
	return ui.Errorf("%s", report.Text(r.Dir, report.Sort(findings)))
}

// hasGenerateLine reports whether go generate runs tracegen for a folder.
func hasGenerateLine(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			for line := range bytes.Lines(data) {
				if bytes.HasPrefix(line, []byte("//go:generate ")) && bytes.Contains(line, []byte("tracegen")) {
					return true
				}
			}
		}
	}
	return false
}
