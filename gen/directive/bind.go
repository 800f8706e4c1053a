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
		return x.choose(d, places)
	}
	hint := "put it directly above " + d.kind.where()
	if p := x.nextPlace(d, group.End()); p != nil {
		hint = fmt.Sprintf("remove what separates it from %s", p.what)
	}
	return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s is detached from its declaration", d.kind), Hint: hint}
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

// bindTrailing binds to what begins, or else ends, on the directive's line.
func (x *index) bindTrailing(d *comment) (*place, *Problem) {
	line := x.line(d.pos)
	var places []*place
	for _, p := range x.starting[line] {
		// A function's own line ends in its brace: the directive is inside.
		if p.start < d.pos && (p.fn == nil || p.end <= d.pos) {
			places = append(places, p)
		}
	}
	if len(places) == 0 {
		for _, p := range x.ending[line] {
			if p.end <= d.pos {
				places = append(places, p)
			}
		}
	}
	if len(places) == 0 {
		return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s trails a line that holds no declaration", d.kind),
			Hint: "put it directly above " + d.kind.where()}
	}
	return x.choose(d, places)
}

// choose takes the outermost of places on one line that fits; two that fit
// side by side are ambiguous.
func (x *index) choose(d *comment, places []*place) (*place, *Problem) {
	var best *place
	outer := places[0]
	for _, p := range places {
		if p.start < outer.start || p.start == outer.start && p.end > outer.end {
			outer = p
		}
		if !p.fits(d.kind) {
			continue
		}
		switch {
		case best == nil:
			best = p
		case p.node == best.node:
		case p.start >= best.end:
			return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s is ambiguous: this line holds %s and %s", d.kind, best.what, p.what),
				Hint: "write one on a line"}
		}
	}
	if best == nil {
		return nil, &Problem{Pos: d.pos, Message: fmt.Sprintf("%s does not fit %s", d.kind, outer.what),
			Hint: fmt.Sprintf("%s goes on %s", d.kind, d.kind.where())}
	}
	return best, nil
}
