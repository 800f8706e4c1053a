package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// rewrite replaces a part of the arguments, given by offsets as Scan has them.
func (d *comment) rewrite(start, end int, text string) *Fix {
	return &Fix{"write " + text, []Edit{{d.at + token.Pos(start), d.at + token.Pos(end), text}}}
}

// scanned is the text that Scan saw.
func (d *comment) scanned() string { return d.text[d.at-d.pos:] }

// fixOption mends argument i, which does not fit the directive, if it is plain
// what was meant: another spelling, a value for a switch that says it is on, or
// words that the quotes of a text were forgotten around.
func (d *comment) fixOption(i int) *Fix {
	a := d.args[i]
	o, known := d.kind.option(a.Key)
	switch {
	case known && !o.value && a.HasValue && a.Value == "true":
		fix := d.rewrite(a.Offset, a.End, a.Key)
		fix.Message = "leave out the value"
		return fix
	case known:
		return nil
	}
	if key, ok := d.kind.meant(a); ok {
		return d.rewrite(a.Offset, a.Offset+len(a.Key), key)
	}
	return d.quoteText(i)
}

// quoteText puts quotes around a text of several words, the first of which was
// read as its value and the second of which is argument i:
// constraint=keep it short.
func (d *comment) quoteText(i int) *Fix {
	if i == 0 {
		return nil
	}
	first := d.args[i-1]
	switch first.Key {
	case "desc", "constraint", "reason":
	default:
		return nil
	}
	if _, ok := d.kind.option(first.Key); !ok || first.End-first.ValueOffset != len(first.Value) { // quoted already
		return nil
	}
	end := first.End
	for _, a := range d.args[i:] {
		if _, ok := d.kind.option(a.Key); ok || a.HasValue {
			break
		}
		end = a.End
	}
	text := d.scanned()[first.ValueOffset:end]
	if strings.ContainsAny(text, "\"`\\") {
		return nil
	}
	return d.rewrite(first.ValueOffset, end, strconv.Quote(text))
}

// fixDuplicate drops argument i if an earlier one says the same.
func (d *comment) fixDuplicate(i int) *Fix {
	a := d.args[i]
	if !slices.ContainsFunc(d.args[:i], a.same) {
		return nil
	}
	return &Fix{"leave out the second " + a.Key, []Edit{{d.at + token.Pos(d.args[i-1].End), d.at + token.Pos(a.End), ""}}}
}

// same reports whether two arguments say the same.
func (a Arg) same(b Arg) bool {
	return a.Key == b.Key && a.HasValue == b.HasValue && a.Value == b.Value
}

// dropSecond drops the directive of the second of two targets if it says what
// that of the first one says.
func (c *collector) dropSecond(first, second *Target) *Fix {
	a, b := c.comments[first], c.comments[second]
	if !slices.EqualFunc(a.args, b.args, Arg.same) {
		return nil
	}
	edit := Edit{b.pos, b.end(), ""}
	if x := c.indexOf(b.pos); x != nil && x.alone(b) {
		edit = x.wholeLine(b)
	}
	return &Fix{"leave out the second directive", []Edit{edit}}
}

func (c *collector) indexOf(pos token.Pos) *index {
	for _, f := range c.pkg.Files {
		if f != nil && f.FileStart <= pos && pos < f.FileEnd {
			return newIndex(c.pkg.Fset, f)
		}
	}
	return nil
}

func (d *comment) end() token.Pos { return d.pos + token.Pos(len(d.text)) }

// alone reports whether no code shares the directive's line.
func (x *index) alone(d *comment) bool {
	_, code := x.code[x.line(d.pos)]
	return !code
}

// wholeLine removes the line of a directive that stands alone on it.
func (x *index) wholeLine(d *comment) Edit {
	line := x.line(d.pos)
	end := d.end()
	if line < x.tfile.LineCount() {
		end = x.tfile.LineStart(line + 1)
	}
	return Edit{x.tfile.LineStart(line), end, ""}
}

// attach brings a directive of a comment group directly above the place that it
// was meant for: by removing blank lines, or if other comments lie between, by
// moving it past them.
func (x *index) attach(d *comment, group *ast.CommentGroup, p *place) *Fix {
	line := x.line(p.start)
	at := x.tfile.LineStart(line)
	if pos, ok := x.code[line]; !x.alone(d) || !ok || pos < p.start {
		return nil
	}
	next := line // of the next comment or the place
	for _, g := range x.file.Comments {
		if g.Pos() > group.End() && g.Pos() < p.start {
			next = min(next, x.line(g.Pos()))
		}
	}
	blank := Edit{x.tfile.LineStart(x.line(group.End()) + 1), x.tfile.LineStart(next), ""}
	if next == line {
		return &Fix{"remove what separates it from " + p.what, []Edit{blank}}
	}
	gone := x.wholeLine(d)
	if len(group.List) == 1 {
		gone.End = blank.End
	}
	indent := strings.Repeat("\t", int(p.start-at)) // as gofmt does it, and bytes are columns then
	text := indent + strings.TrimRight(d.text, " \t\r") + "\n"
	if g := x.leading[line]; g != nil && !isDirective(g.List[len(g.List)-1]) {
		text = indent + "//\n" + text // as gofmt has it below a doc comment
	}
	return &Fix{"move it to " + p.what, []Edit{gone, {at, at, text}}}
}

// withoutConflicts drops fixes that touch what an earlier one touches: the go
// command applies all fixes of a package at once, or none.
func withoutConflicts(problems []Problem) []Problem {
	var kept []*Fix
	for i, p := range problems {
		switch {
		case p.Fix == nil:
		case slices.ContainsFunc(kept, p.Fix.overlaps):
			problems[i].Fix = nil
		default:
			kept = append(kept, p.Fix)
		}
	}
	return problems
}

// overlaps reports whether two fixes touch the same text. Two that insert at one
// place do as well: which comes first is not known.
func (f *Fix) overlaps(g *Fix) bool {
	for _, a := range f.Edits {
		for _, b := range g.Edits {
			if a.Pos < b.End && b.Pos < a.End || a.Pos == b.Pos {
				return true
			}
		}
	}
	return false
}

func isDirective(c *ast.Comment) bool {
	_, ok := ast.ParseDirective(c.Pos(), c.Text)
	return ok
}
