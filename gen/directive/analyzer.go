package directive

import (
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports the problems of a package's directives.
var Analyzer = &analysis.Analyzer{
	Name: "trace",
	Doc: `check //trace: directives

The analyzer reports unknown directives and options, comments that are
directives but for a blank or a capital, directives that are detached from
their declaration or stand on the wrong kind of it, duplicate identities,
constraints that are broken or that the initial value breaks, and trainable
values whose source is not exactly one constant or composite literal.`,
	URL:              "https://pkg.go.dev/github.com/opto-go/trace/gen/directive",
	RunDespiteErrors: true,
	Run:              run,
}

func run(pass *analysis.Pass) (any, error) {
	_, problems := Collect(&Package{
		Path:  PackagePath(pass.Pkg.Path()),
		Fset:  pass.Fset,
		Files: pass.Files,
		Types: pass.Pkg,
		Info:  pass.TypesInfo,
	})
	for _, p := range problems {
		msg := p.Message
		if p.Hint != "" {
			msg += " (" + p.Hint + ")"
		}
		diagnostic := analysis.Diagnostic{Pos: p.Pos, Category: "directive", Message: msg}
		if p.Fix != nil {
			fix := analysis.SuggestedFix{Message: p.Fix.Message}
			for _, e := range p.Fix.Edits {
				fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: e.Pos, End: e.End, NewText: []byte(e.New)})
			}
			diagnostic.SuggestedFixes = append(diagnostic.SuggestedFixes, fix)
		}
		pass.Report(diagnostic)
	}
	return nil, nil
}

// PackagePath removes the suffix of a test variant: "p [p.test]" is p.
func PackagePath(id string) string {
	path, _, _ := strings.Cut(id, " ")
	return path
}
