// Package vet is the command tracegen vet, and tracegen's answer to the
// protocol of go vet -vettool.
//
// # As a command
//
// [VetPackages] loads packages with their tests and prints every finding.
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
// A main function detects them with [IsVettoolCall], before it looks at its
// arguments in any other way, and calls [Main], which does not return.
package vet

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
	"github.com/opto-go/trace/internal/ui"
)

// VetPackages checks the directives of the packages that the patterns name,
// tests included, and prints findings to stdout as "file:line:col: message",
// each followed by a line with a hint if there is one. It returns the exit
// code: 0 for nothing found, 1 for findings, 2 if a package could not be
// loaded or does not compile; its errors are printed to stderr. Findings are
// printed then too.
//
// No patterns means the package in dir; an empty dir is the working
// directory. Tags are comma-separated build tags.
func VetPackages(ctx context.Context, dir, tags string, patterns []string, stdout, stderr io.Writer) int {
	cfg := &packages.Config{Context: ctx, Mode: packages.LoadSyntax, Dir: dir, Tests: true}
	if tags != "" {
		cfg.BuildFlags = []string{"-tags=" + tags}
	}
	pkgs, err := packages.Load(cfg, patterns...)
	if err != nil {
		return ui.Report(stderr, "tracegen", fmt.Errorf("loading packages: %w", err))
	}
	if len(pkgs) == 0 {
		return ui.Report(stderr, "tracegen", ui.Errorf("no packages match %s", strings.Join(patterns, " ")))
	}
	var findings []report.Finding
	for _, pkg := range pkgs {
		_, problems := directive.Collect(FromPackages(pkg))
		findings = append(findings, report.Problems(pkg.Fset, problems)...)
	}
	findings = report.Sort(findings)
	report.Print(stdout, dir, findings)
	if errs := report.Sort(report.LoadErrors(pkgs)); len(errs) > 0 {
		report.Print(stderr, dir, errs)
		return 2
	}
	if len(findings) > 0 {
		return 1
	}
	return 0
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
