package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// appendCall follows the elements through append.
func (w *funcWriter) appendCall(c *ast.CallExpr) (string, []string, bool) {
	if len(c.Args) < 2 || w.constant(c.Args[0]) || w.later {
		return "", nil, false
	}
	if _, isSlice := w.typeOf(c.Args[0]).Underlying().(*types.Slice); !isSlice {
		return "", nil, false
	}
	out := w.slot()
	base, baseRef := w.container(c.Args[0])
	site := w.site(siteInfo{node: c, typ: w.typeOf(c), deep: isFlat(w.typeOf(c))})
	pieces := []piece{w.replace(c.Args[0], base)}
	comma := w.after(c.Args[0].End(), ',')
	around := "S"
	if c.Ellipsis.IsValid() {
		around = "L"
		if _, isSlice := w.typeOf(c.Args[1]).Underlying().(*types.Slice); !isSlice {
			return "", nil, false // append([]byte, string...)
		}
		end := "" // the call may end in a comma and a line break, a comment between them
		if strings.Contains(w.text(c.Args[1].End(), c.Rparen), "\n") {
			end = ","
		}
		text, ptr := w.container(c.Args[1])
		pieces = append(pieces, w.replace(c.Args[1], text),
			w.gap(c.Args[0].End(), comma+1, fmt.Sprintf(").Append(%s, &%s, %s, %s, %s,", tapeName, out, site, baseRef, ptr)),
			w.gap(c.Args[1].End(), c.Rparen, end))
	} else {
		var ptrs []string
		for _, a := range c.Args[1:] {
			text, ref := w.slotted(a)
			pieces = append(pieces, w.replace(a, text))
			if ref == "" {
				ptrs = append(ptrs, "nil")
			} else {
				ptrs = append(ptrs, "&"+ref)
			}
		}
		pieces = append(pieces, w.gap(c.Args[0].End(), comma+1,
			fmt.Sprintf(").Append(%s, &%s, %s, %s, []*%s.Ref{%s},", tapeName, out, site, baseRef, rt, strings.Join(ptrs, ", "))))
	}
	pieces = append(pieces, w.gap(c.Pos(), c.Lparen+1, rt+"."+around+"("))
	return w.splice(c.Pos(), c.End(), pieces...), []string{out}, true
}

// after finds the next byte b outside comments, from pos on.
func (w *funcWriter) after(pos token.Pos, b byte) token.Pos {
	for {
		rest := w.src[pos-w.base:]
		switch {
		case rest[0] == b:
			return pos
		case strings.HasPrefix(string(rest[:2]), "//"):
			pos += token.Pos(strings.IndexByte(string(rest), '\n'))
		case strings.HasPrefix(string(rest[:2]), "/*"):
			pos += token.Pos(strings.Index(string(rest), "*/") + 2)
		default:
			pos++
		}
	}
}
