package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
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

// parseComment reads a comment. It returns nil if the comment is no directive
// or has an unknown name; only the latter, and a near miss, is a problem.
func parseComment(c *ast.Comment) (*comment, []Problem) {
	if !strings.HasPrefix(c.Text, prefix) {
		return nil, nearMiss(c)
	}
	rest := c.Text[len(prefix):]
	name := rest
	if i := strings.IndexAny(rest, " \t"); i >= 0 {
		name = rest[:i]
	}
	kind := Kind(name)
	if !kind.known() {
		if p := nearMiss(c); p != nil {
			return nil, p
		}
		if name == "" && strings.TrimSpace(rest) != "" {
			return nil, nil // prose that begins with "trace: "
		}
		return nil, []Problem{unknownName(c.Pos(), name)}
	}
	d := &comment{pos: c.Pos(), text: c.Text, kind: kind, at: c.Pos() + token.Pos(len(prefix)+len(name))}
	args, errs := Scan(rest[len(name):])
	d.args, d.broken = args, len(errs) > 0
	var problems []Problem
	for _, e := range errs {
		p := Problem{Pos: d.at + token.Pos(e.Offset), Message: e.Msg, Hint: e.Hint}
		if e.New != "" {
			p.Fix = d.rewrite(e.Start, e.End, e.New)
		}
		problems = append(problems, p)
	}
	return d, problems
}

func unknownName(pos token.Pos, name string) Problem {
	if name == "" {
		return Problem{Pos: pos, Message: "expected a directive after " + prefix, Hint: allKinds}
	}
	p := Problem{Pos: pos, Message: "unknown directive " + prefix + name, Hint: allKinds}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	if near := nearest(name, names); near != "" {
		p.Hint = "did you mean " + prefix + near + "?"
		at := pos + token.Pos(len(prefix))
		p.Fix = &Fix{"write " + prefix + near, []Edit{{at, at + token.Pos(len(name)), near}}}
	}
	return p
}

const allKinds = "the directives are //trace:bundle, //trace:node and //trace:skip"

// missed matches what looks like a directive. More than one blank after the
// slashes, or a tab, is a code block of a doc comment and left alone.
var missed = regexp.MustCompile(`^(//|/\*)( ?)((?i)trace)( ?):( *)([A-Za-z]+)([ \t].*|)$`)

// nearMiss reports a comment that was meant as a directive and is prose to
// Go, and to gofmt, which moves it out of place.
func nearMiss(c *ast.Comment) []Problem {
	text := c.Text
	if strings.HasPrefix(text, "/*") {
		text = strings.TrimRight(strings.TrimSuffix(text, "*/"), " ")
	}
	m := missed.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	blank, space, after, word, rest := m[2], m[4], m[5], m[6], m[7]
	kind := Kind(strings.ToLower(word))
	if !kind.known() {
		return nil
	}
	// With a blank somewhere it may be a sentence about a trace.
	if blank+space+after != "" && !looksLikeArgs(kind, rest) {
		return nil
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
	return []Problem{p}
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
		if !o.value && nearest(key, []string{o.key}) != "" {
			return true
		}
	}
	return false
}
