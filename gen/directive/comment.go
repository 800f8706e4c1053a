package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"github.com/opto-go/trace/internal/near"
)

const prefix = "//trace:"

// A comment is one //trace: comment.
type comment struct {
	pos  token.Pos
	text string // as it stands there
	kind Kind
	args []Arg
	at   token.Pos // where the offsets of args begin

	broken bool // some arguments could not be read
}

func (c *comment) argPos(a Arg) token.Pos { return c.at + token.Pos(a.Offset) }

func (c *comment) valuePos(a Arg) token.Pos {
	if !a.HasValue {
		return c.argPos(a)
	}
	return c.at + token.Pos(a.ValueOffset)
}

// parseComment reads a comment. It returns nil if the comment is no directive,
// and if it is not clear which one: an unknown name that is like none. One with a
// name that is like a directive's, and one that is a directive but for a blank or a
// capital, is a problem and is read as the directive that was meant, so that
// what else is wrong with it is found at once.
func parseComment(c *ast.Comment) (*comment, []Problem) {
	if !strings.HasPrefix(c.Text, prefix) {
		return nearMiss(c)
	}
	rest := c.Text[len(prefix):]
	name := rest
	if i := strings.IndexAny(rest, " \t"); i >= 0 {
		name = rest[:i]
	}
	kind := Kind(name)
	if kind.known() {
		return read(c, kind, len(prefix)+len(name), nil)
	}
	if d, problems := nearMiss(c); problems != nil {
		return d, problems
	}
	if name == "" && strings.TrimSpace(rest) != "" {
		return nil, nil // prose that begins with "trace: "
	}
	problem, meant := unknownName(c.Pos(), name)
	if meant == "" {
		return nil, []Problem{problem}
	}
	return read(c, meant, len(prefix)+len(name), []Problem{problem})
}

// read reads the arguments of a directive, which begin at an offset of its text.
func read(c *ast.Comment, kind Kind, offset int, problems []Problem) (*comment, []Problem) {
	d := &comment{pos: c.Pos(), text: c.Text, kind: kind, at: c.Pos() + token.Pos(offset)}
	args, errs := Scan(c.Text[offset:])
	d.args, d.broken = args, len(errs) > 0
	for _, e := range errs {
		p := Problem{Pos: d.at + token.Pos(e.Offset), Message: e.Msg, Hint: e.Hint}
		if e.New != "" {
			p.Fix = d.rewrite(e.Start, e.End, e.New)
		}
		problems = append(problems, p)
	}
	return d, problems
}

// unknownName reports a name that no directive has, and says which one was
// meant, if that is clear.
func unknownName(pos token.Pos, name string) (Problem, Kind) {
	if name == "" {
		return Problem{Pos: pos, Message: "expected a directive after " + prefix, Hint: allKinds}, ""
	}
	p := Problem{Pos: pos, Message: "unknown directive " + prefix + name, Hint: allKinds}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	meant := near.Word(name, names)
	if meant != "" {
		p.Hint = "did you mean " + prefix + meant + "?"
		at := pos + token.Pos(len(prefix))
		p.Fix = &Fix{"write " + prefix + meant, []Edit{{at, at + token.Pos(len(name)), meant}}}
	}
	return p, Kind(meant)
}

const allKinds = "the directives are //trace:bundle, //trace:node and //trace:skip"

// missed matches what looks like a directive. More than one blank after the
// slashes, or a tab, is a code block of a doc comment and left alone.
var missed = regexp.MustCompile(`^(//|/\*)( ?)((?i)trace)( ?):( *)([A-Za-z]+)([ \t].*|)$`)

// nearMiss reports a comment that was meant as a directive and is prose to
// Go, and to gofmt, which moves it out of place.
func nearMiss(c *ast.Comment) (*comment, []Problem) {
	text := c.Text
	if strings.HasPrefix(text, "/*") {
		text = strings.TrimRight(strings.TrimSuffix(text, "*/"), " ")
	}
	m := missed.FindStringSubmatch(text)
	if m == nil {
		return nil, nil
	}
	blank, space, after, word, rest := m[2], m[4], m[5], m[6], m[7]
	kind := Kind(strings.ToLower(word))
	if !kind.known() {
		return nil, nil
	}
	// With a blank somewhere it may be a sentence about a trace.
	if blank+space+after != "" && !looksLikeArgs(kind, rest) {
		return nil, nil
	}
	p := Problem{
		Pos:     c.Pos(),
		Message: fmt.Sprintf("%q is an ordinary comment, not a directive", strings.TrimSpace(strings.TrimSuffix(text, rest))),
		Hint:    fmt.Sprintf("write %s, without blanks and in lower case", kind),
	}
	// Behind a comment of the other form more code may stand on the line.
	if head := len(text) - len(rest); m[1] == "//" {
		p.Fix = &Fix{"write " + kind.String(), []Edit{{c.Pos(), c.Pos() + token.Pos(head), kind.String()}}}
	}
	if p.Fix == nil {
		return nil, []Problem{p}
	}
	return read(c, kind, len(text)-len(rest), []Problem{p})
}

// looksLikeArgs reports whether text can only have been meant as arguments:
// "trace: node name comes first" is a sentence.
func looksLikeArgs(kind Kind, text string) bool {
	args, errs := Scan(text)
	for _, a := range args {
		if !a.HasValue && !nearSwitch(kind, a.Key) {
			return false
		}
	}
	return len(args) > 0 || len(errs) == 0
}

func nearSwitch(kind Kind, key string) bool {
	for _, o := range options[kind] {
		if !o.value && near.Word(key, []string{o.key}) != "" {
			return true
		}
	}
	return false
}
