package train

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/optimizer"
)

// plural writes a number with its word; forms are one and many.
func plural(n int, forms ...string) string {
	one, many := forms[0], forms[0]+"s"
	if len(forms) > 1 {
		many = forms[1]
	}
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// listText writes at most n of list.
func listText(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

// totalText says how an evaluation stands.
func (s *session) totalText(t journal.Total) string {
	text := fmt.Sprintf("%d of %d failing", t.Failed, t.Scored)
	if s.score != nil {
		return text + fmt.Sprintf(", score %.6g", t.Score)
	}
	if s.obj != nil && s.obj.scored && s.bench == nil {
		text += fmt.Sprintf(" (mean score %.4g)", t.Score)
	}
	return text
}

// standText says how an evaluation stands, benchmarks first.
func (s *session) standText(ev *evaluation) string {
	text := s.totalText(ev.total)
	if s.bench == nil || ev.bench == nil {
		return text
	}
	if ev.total.Scored == 0 {
		return s.bench.text(ev.bench)
	}
	return s.bench.text(ev.bench) + ", " + text
}

// introduce says, before anything is proposed, what this run is about.
func (s *session) introduce(p *optimizer.Problem) {
	flags := build.FlagsOf(s.opt.Environ)
	if s.opt.Tags != "" {
		flags = strings.TrimSpace(flags + " -tags=" + s.opt.Tags)
	}
	if flags == "" {
		flags = "none"
	}
	if s.builder.Cgo {
		flags += ", with cgo: there is C code that the program needs"
	}
	s.ui.say("build flags: %s; sandbox: %s", flags, s.opt.sandboxText())
	if s.model == nil {
		s.ui.say("model: none; the embedded optimizer tries up to %d candidates", s.opt.asked())
		return
	}
	s.ui.say("%s", s.modelText(p))
	s.sayPrices()
}

// foundText says what the baseline found.
func (s *session) foundText(ev *evaluation) string {
	var what []string
	tests, programs := 0, 0
	for _, u := range s.units {
		if u.test {
			tests++
		} else {
			programs++
		}
	}
	if tests > 0 {
		what = append(what, plural(tests, "package"))
	}
	if programs > 0 {
		what = append(what, plural(programs, "program"))
	}
	if s.score != nil {
		what = append(what, "a command that judges")
	}
	text := fmt.Sprintf("%s, %s: %s", strings.Join(what, " and "), plural(ev.total.Scored, "case"), s.standText(ev))
	if s.held != nil {
		text += fmt.Sprintf("; held out besides: %s", s.heldText(s.held.base.total))
	}
	return text
}

// failingNames lists the failing cases.
func failingNames(ev *evaluation) []string {
	var names []string
	for _, o := range ev.cases {
		if o.failed() && !o.unknown {
			names = append(names, o.name)
		}
	}
	return names
}

// envGuess names the variables that the packages read and the user has set.
func (s *session) envGuess() string {
	var names []string
	for _, f := range syntaxOf(s.base) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Getenv" && sel.Sel.Name != "LookupEnv" {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(lit.Value); err == nil && s.opt.getenv(name) != "" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			return true
		})
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return "; the code reads " + listText(names, 8)
}
