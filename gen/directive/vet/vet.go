// Package vet is the command tracegen vet, and tracegen's answer to the
// protocol of go vet -vettool.
//
// # As a command
//
// [Packages] loads packages with their tests and prints every finding. It mends
// what there is one clear way for if that is asked for: a misspelt directive or
// option, quotes that are missing, a directive that is detached from its
// declaration, one that stands there twice.
//
// # As a vet tool
//
//	go vet -vettool=$(go tool -n tracegen) ./...
//
// The go command then calls the tool in three shapes, none of which is a
// command line of ours:
//
//	tracegen -V=full              print an identity for the build cache
//	tracegen -flags               print the flags that the tool takes, as JSON
//	tracegen [flags] …/vet.cfg    check the one package that the file describes
//
// The flags include -fix and -diff: go vet -vettool=… -fix, and go fix
// -fixtool=…, mend files as the command does, but in one round.
//
// A main function detects them with [IsVettoolCall], before it looks at its
// arguments in any other way, and calls [Main], which does not return.
package vet

import (
	"cmp"
	"context"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
	"github.com/opto-go/trace/internal/ui"
)

// Options say what [Packages] does.
type Options struct {
	Dir      string   // working directory; empty: the process's
	Tags     string   // build tags, comma-separated
	Patterns []string // packages; empty: the one in Dir

	Fix  bool // mend what there is one clear way for
	Diff bool // print what Fix would change, and change nothing

	Stdout io.Writer // findings, differences
	Stderr io.Writer // everything else
}

// Packages checks the directives of packages, tests included, and prints
// findings to Stdout as "file:line:col: message", each followed by a line with a
// hint if there is one. It returns the exit code: 0 for nothing found, 1 for
// findings, 2 if a package could not be loaded or does not compile; its errors
// are printed to Stderr. Findings are printed then too.
//
// With Fix, the files are mended first, all or none, and what was done is
// printed to Stderr; findings are what is left after that. With Diff, Stdout
// has the difference and Stderr the findings that would be left; the exit code
// is 1 if there are any of either.
func Packages(ctx context.Context, opt Options) int {
	v := &vetter{Options: opt, ctx: ctx, overlay: map[string][]byte{}, original: map[string][]byte{}}
	return ui.Report(opt.Stderr, "tracegen", v.run())
}

type vetter struct {
	Options
	ctx      context.Context
	overlay  map[string][]byte // files as they are mended so far
	original map[string][]byte // what they held before
}

func (v *vetter) run() error {
	pkgs, err := v.load()
	if err != nil {
		return err
	}
	if v.Fix || v.Diff {
		if pkgs, err = v.mend(pkgs); err != nil {
			return err
		}
	}
	var findings []report.Finding
	for _, pkg := range pkgs {
		_, problems := directive.Collect(FromPackages(pkg))
		findings = append(findings, report.Problems(pkg.Fset, problems)...)
	}
	findings = report.Sort(findings)
	out := v.Stdout
	if v.Diff {
		out = v.Stderr
	}
	report.Print(out, v.Dir, findings)
	if errs := report.Sort(report.LoadErrors(pkgs)); len(errs) > 0 {
		return ui.Errorf("%s", report.Text(v.Dir, errs))
	}
	if len(findings) > 0 || v.Diff && len(v.overlay) > 0 {
		return ui.Exit(ui.Failed)
	}
	return nil
}

func (v *vetter) load() ([]*packages.Package, error) {
	cfg := &packages.Config{
		Context: v.ctx, Mode: packages.LoadSyntax | packages.NeedModule, Dir: v.Dir, Tests: true, Overlay: v.overlay,
	}
	if v.Tags != "" {
		cfg.BuildFlags = []string{"-tags=" + v.Tags}
	}
	pkgs, err := packages.Load(cfg, v.Patterns...)
	if err != nil {
		return nil, ui.Errorf("loading packages: %w", err)
	}
	if len(pkgs) == 0 {
		return nil, ui.Errorf("no packages match %s", cmp.Or(strings.Join(v.Patterns, " "), "."))
	}
	return pkgs, nil
}

// FromPackages makes the input of [directive.Collect] from a loaded package.
func FromPackages(pkg *packages.Package) *directive.Package {
	return &directive.Package{
		Path:  directive.PackagePath(pkg.PkgPath),
		Fset:  pkg.Fset,
		Files: pkg.Syntax,
		Types: pkg.Types,
		Info:  pkg.TypesInfo,
	}
}

// IsVettoolCall reports whether the arguments (without the program's name)
// are a call by go vet. See the package comment for their shapes.
func IsVettoolCall(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	if len(args) == 1 {
		switch "-" + strings.TrimLeft(last, "-") {
		case "-V=full", "-flags":
			return true
		}
	}
	if filepath.Ext(last) != ".cfg" {
		return false
	}
	for _, a := range args[:len(args)-1] {
		// go vet passes values with an equals sign. Of ours, -C, -o and
		// -tags may take the file's name as theirs.
		name := strings.TrimLeft(a, "-")
		if a == name || name == "C" || name == "o" || name == "tags" || name == "record" || name == "level" {
			return false
		}
	}
	return true
}

// Main answers a call by go vet with os.Args, and exits.
func Main() { unitchecker.Main(directive.Analyzer) }
