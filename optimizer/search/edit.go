package search

import (
	"go/format"
	"go/scanner"
	"go/token"
	"sort"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// A splice replaces src[start:end] by text.
type splice struct {
	start, end int
	text       string
}

// applySplices edits bytes, so that the formatting and the comments of
// everything untouched stay as they are. Splices must not overlap.
func applySplices(src string, list []splice) string {
	list = append([]splice(nil), list...)
	sort.SliceStable(list, func(i, j int) bool { return list[i].start < list[j].start })
	var b strings.Builder
	at := 0
	for _, s := range list {
		b.WriteString(src[at:s.start])
		b.WriteString(s.text)
		at = s.end
	}
	b.WriteString(src[at:])
	return b.String()
}

// gofmt formats a whole function declaration or an expression.
func gofmt(kind optimizer.Kind, src string) (string, error) {
	if kind == optimizer.FuncBody {
		out, err := format.Source([]byte(src))
		return strings.TrimSpace(string(out)), err
	}
	const lead = "var _ = "
	out, err := format.Source([]byte(lead + src))
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), lead), nil
}

// A tok is a token of Go source with its place.
type tok struct {
	text       string
	start, end int
}

// tokens returns the tokens of Go text without comments. What only layout
// decides is levelled: the semicolon that the end of a line implies is one
// like any other, and separators in front of a closing bracket are left out.
func tokens(src string) []tok {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, []byte(src), func(token.Position, string) {}, 0)
	var list []tok
	for {
		pos, kind, lit := s.Scan()
		if kind == token.EOF {
			for len(list) > 0 && list[len(list)-1].text == ";" {
				list = list[:len(list)-1]
			}
			return list
		}
		text, size := lit, len(lit)
		if kind.IsOperator() && kind != token.SEMICOLON {
			text = kind.String()
			size = len(text)
		}
		if kind == token.SEMICOLON && lit != ";" {
			text, size = ";", 0 // "\n" at the end of a line, also at the end of the text
		}
		if kind == token.RBRACE || kind == token.RPAREN || kind == token.RBRACK {
			if n := len(list); n > 0 && (list[n-1].text == ";" || list[n-1].text == ",") {
				list = list[:n-1]
			}
		}
		start := file.Offset(pos)
		if kind == token.STRING && lit[0] == '`' {
			// The literal lacks the carriage returns that the text has.
			if end := strings.IndexByte(src[start+1:], '`'); end >= 0 {
				size = end + 2
			}
		}
		// An illegal byte is shown as a longer rune.
		list = append(list, tok{text, start, min(start+size, len(src))})
	}
}

// normal is the form in which two texts of a parameter are compared.
func normal(src string) string {
	var b strings.Builder
	for _, t := range tokens(src) {
		b.WriteString(t.text)
		b.WriteByte(' ')
	}
	return b.String()
}

// A hunk is the difference of two texts as one replaced run of tokens.
type hunk struct {
	left, old, new, right []string // left and right are the neighbours
}

const hunkContext = 4

// diffHunk returns the difference between two texts of a function.
func diffHunk(from, to string) (hunk, bool) {
	a, b := words(tokens(from)), words(tokens(to))
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	if i+j == len(a) && i+j == len(b) {
		return hunk{}, false
	}
	end := len(a) - j
	return hunk{
		left:  a[max(0, i-hunkContext):i],
		old:   a[i:end],
		new:   b[i : len(b)-j],
		right: a[end:min(len(a), end+hunkContext)],
	}, true
}

func words(list []tok) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.text
	}
	return out
}

// transplant makes the change h in src, if its place is still there and is
// the only such place.
func transplant(src string, h hunk) (string, bool) {
	list := tokens(src)
	at := words(list)
	// Less context is tried when a neighbour was edited meanwhile.
	for n := hunkContext; n >= 1; n-- {
		left := h.left[max(0, len(h.left)-n):]
		right := h.right[:min(n, len(h.right))]
		want := append(append(append([]string(nil), left...), h.old...), right...)
		found, count := 0, 0
		for i := 0; i+len(want) <= len(at); i++ {
			if equal(at[i:i+len(want)], want) {
				found, count = i, count+1
			}
		}
		if count > 1 {
			return "", false
		}
		if count == 0 {
			continue
		}
		first, last := found+len(left), found+len(left)+len(h.old)
		s := splice{text: " " + strings.Join(h.new, " ") + " "}
		switch {
		case first < last:
			s.start, s.end = list[first].start, list[last-1].end
		case first > 0:
			s.start, s.end = list[first-1].end, list[first-1].end
		default:
			return "", false
		}
		return applySplices(src, []splice{s}), true
	}
	return "", false
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
