package train

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	trace "github.com/opto-go/trace/runtime"
)

// Hidden is what would tell an optimizer about held-out cases although they do
// not run: the code of a test that has them in its table, and values that hold
// such a table.
type hidden struct {
	tests map[string]bool // directory + NUL + top-level tests with a held-out case
	words map[string]bool // parts of their names that no other case has
}

// newHidden collects what belongs to the held-out cases of a run.
func newHidden(s *session, held map[string]bool) hidden {
	h := hidden{tests: map[string]bool{}, words: map[string]bool{}}
	others := map[string]bool{}
	for _, n := range s.obj.names {
		top, rest, sub := strings.Cut(s.obj.local[n], "/")
		if held[n] {
			h.tests[s.obj.unit[n].dir+"\x00"+top] = true
		}
		if !sub {
			continue
		}
		for _, w := range append(strings.Split(rest, "/"), rest) {
			if w = numbered.ReplaceAllString(w, ""); held[n] {
				h.words[w] = true
			} else {
				others[w] = true
			}
		}
	}
	for w := range others {
		delete(h.words, w)
	}
	delete(h.words, "")
	return h
}

// numbered is what package testing adds to a name that occurs again.
var numbered = regexp.MustCompile(`#\d+$`)

// hides reports whether f must not be shown.
func (h *holdout) hides(st *state, f *indexed) bool {
	return h != nil && h.hidden.function(st.prog.ModRoot, f)
}

// hideValues takes away what a graph would tell about held-out cases.
func (h *holdout) hideValues(g *trace.Graph) {
	if h != nil {
		h.hidden.values(g)
	}
}

// function reports whether a function of a test file must not be shown: it is a
// test with held-out cases, or it names one.
func (h hidden) function(root string, f *indexed) bool {
	if len(h.tests) == 0 || !strings.HasSuffix(f.file, "_test.go") {
		return false
	}
	dir := filepath.Dir(filepath.Join(root, filepath.FromSlash(f.file)))
	if f.decl.Recv == nil && h.tests[dir+"\x00"+f.decl.Name.Name] {
		return true
	}
	found := false
	ast.Inspect(f.decl, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			found = found || err == nil && h.words[asName(text)]
		}
		return !found
	})
	return found
}

// values takes away the values in g that name a held-out case, such as the
// table that a sub-test looks its row up in.
func (h hidden) values(g *trace.Graph) {
	if len(h.words) == 0 || g == nil {
		return
	}
	for _, n := range g.Nodes {
		if h.value(n.Value) {
			n.Value = "…"
		}
	}
}

// value reports whether a value in Go syntax holds the name of a held-out case.
func (h hidden) value(text string) bool {
	for {
		start := strings.IndexAny(text, "\"`")
		if start < 0 {
			return false
		}
		quoted, err := strconv.QuotedPrefix(text[start:])
		if err != nil { // it is cut off: nobody can tell
			return true
		}
		if s, err := strconv.Unquote(quoted); err == nil && h.words[asName(s)] {
			return true
		}
		text = text[start+len(quoted):]
	}
}

// asName is what package testing makes of the name of a sub-test.
func asName(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte('_')
		case !strconv.IsPrint(r):
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
