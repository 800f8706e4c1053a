package directive

import (
	"fmt"
	"go/ast"
	"go/token"
)

// bind finds the place that a directive is about. It returns nil and a
// problem if there is none, or none of the right kind.
func (x *index) bind(d *comment, group *ast.CommentGroup) (*place, *Problem) {
	if d.pos < x.file.Package {
		return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s stands in the file header, before the package clause", d.kind),
			Hint: "put it directly above " + d.kind.where()}
	}
	if x.trailing[group] {
		return x.bindTrailing(d)
	}
	next := x.line(group.End()) + 1
	if places := x.starting[next]; len(places) > 0 {
		return choose(d, first(places), places)
	}
	if _, ok := x.code[next]; ok {
		return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s does not stand above a declaration", d.kind),
			Hint: fmt.Sprintf("%s goes on %s", d.kind, d.kind.where())}
	}
	problem := &Problem{Pos: d.pos, Message: fmt.Sprintf("%s is detached from its declaration", d.kind), Hint: "put it directly above " + d.kind.where()}
	if p := x.nextPlace(d, group.End()); p != nil {
		problem.Hint, problem.Fix = fmt.Sprintf("remove what separates it from %s", p.what), x.attach(d, group, p)
	}
	return nil, problem
}

// nextPlace returns the place that a detached directive was likely meant for:
// the next code, if only comments and blank lines lie between.
func (x *index) nextPlace(d *comment, after token.Pos) *place {
	var next token.Pos
	for _, pos := range x.code {
		if pos > after && (!next.IsValid() || pos < next) {
			next = pos
		}
	}
	for _, p := range x.places {
		if p.start == next && p.fits(d.kind) {
			return p
		}
	}
	return nil
}

// bindTrailing binds to what begins and ends before the directive on its
// line, else to what begins there and goes on (a loop, for skip), else to
// what ends there.
func (x *index) bindTrailing(d *comment) (*place, *Problem) {
	line := x.line(d.pos)
	var whole, open, end []*place
	for _, p := range x.starting[line] {
		switch {
		case p.start > d.pos:
		case p.end <= d.pos:
			whole = append(whole, p)
		case p.fn == nil: // in a function's line with its brace it is inside
			open = append(open, p)
		}
	}
	for _, p := range x.ending[line] {
		if p.end <= d.pos {
			end = append(end, p)
		}
	}
	for _, places := range [][]*place{withoutClauses(whole), open, end} {
		if len(places) > 0 {
			return choose(d, first(places), places)
		}
	}
	return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s trails a line that holds no declaration", d.kind),
		Hint: "put it directly above " + d.kind.where()}
}

// withoutClauses drops case clauses: what trails "case x: f()" is about f().
func withoutClauses(places []*place) []*place {
	var list []*place
	for _, p := range places {
		switch p.node.(type) {
		case *ast.CaseClause, *ast.CommClause:
		default:
			list = append(list, p)
		}
	}
	return list
}

// first returns those of places that begin first: outermost, and not what a
// one-line function or type holds inside.
func first(places []*place) []*place {
	var list []*place
	for _, p := range places {
		if len(list) > 0 && p.start > list[0].start {
			continue
		}
		if len(list) > 0 && p.start < list[0].start {
			list = list[:0]
		}
		list = append(list, p)
	}
	return list
}

// choose takes the outermost of the places that begin first on a line and
// fits. Another one that fits, beside it on the line, makes that ambiguous.
func choose(d *comment, first, line []*place) (*place, *Problem) {
	outer := first[0]
	var best *place
	for _, p := range first {
		if p.end > outer.end {
			outer = p
		}
		if best == nil && p.fits(d.kind) {
			best = p
		}
	}
	if best == nil {
		return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s does not fit %s", d.kind, outer.what),
			Hint: fmt.Sprintf("%s goes on %s", d.kind, d.kind.where())}
	}
	for _, p := range line {
		if p.start >= best.end && p.fits(d.kind) {
			return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s is ambiguous: this line holds %s and %s", d.kind, best.what, p.what),
				Hint: "write one on a line"}
		}
	}
	return best, nil
}
