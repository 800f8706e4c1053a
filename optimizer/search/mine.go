package search

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opto-go/trace/optimizer"
)

// Bounds of what is mined: a log of a megabyte must not become a million
// candidates.
const (
	maxMined     = 48
	maxMinedLen  = 200
	maxMineBytes = 64 << 10
)

// A pair is what a failing case said it got and wanted.
type pair struct{ got, want string }

// hints are constants worth trying. They come from what the failing cases
// said and were given, never from a table of known problems. Each list is
// without repetition, likeliest first.
type hints struct {
	pairs   []pair
	strings []string
	runes   []rune
	ints    []int64
	floats  []float64
	deltas  []float64 // want minus got, where both are numbers
}

// mine reads the failing cases: first what distinguishes got from want, then
// quoted strings and numbers of feedback, then the inputs in the graphs.
func mine(cases []optimizer.Case) *hints {
	h := &hints{}
	var texts, inputs []string
	budget := maxMineBytes
	for _, c := range cases {
		if !failing(c) {
			continue
		}
		for _, f := range c.Feedback {
			if budget -= len(f); budget < 0 {
				break
			}
			texts = append(texts, f)
		}
		if c.Graph == nil {
			continue
		}
		for _, n := range c.Graph.Nodes {
			if n.Kind == "input" || n.Kind == "op" && len(n.In) == 0 {
				inputs = append(inputs, n.Value)
			}
		}
	}
	for _, t := range texts {
		h.pairs = append(h.pairs, gotWant(t)...)
	}
	if len(h.pairs) > maxMined {
		h.pairs = h.pairs[:maxMined]
	}
	for _, p := range h.pairs {
		h.addPair(p)
	}
	for _, t := range texts {
		quoted := &hints{}
		quoted.addText(t)
		for _, p := range gotWant(t) {
			h.addAffixes(quoted.strings, p.want)
		}
	}
	for _, t := range texts {
		h.addText(t)
	}
	for _, t := range inputs {
		h.addText(t)
	}
	for _, p := range h.pairs {
		// Lengths bound and cut things.
		h.addInt(int64(len(p.want)))
		for _, line := range strings.Split(p.want, "\n") {
			h.addInt(int64(utf8.RuneCountInString(line)))
		}
	}
	return h
}

func failing(c optimizer.Case) bool { return c.Result == "fail" || c.Result == "killed" }

// value of one side of got and want: a quoted string or text up to a comma.
const side = "(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|[^,;\\n]+?)"

// The ways in which people write what they got and wanted.
var gotWantForms = []struct {
	re      *regexp.Regexp
	swapped bool
}{
	{regexp.MustCompile(`(?i)\bgot\b\s*[:=]?\s*` + side + `\s*[,;:]?\s*\(?\b(?:but )?(?:want(?:ed)?|expected)\b\s*[:=]?\s*` + side + `\)?\s*(?:$|[\n,;])`), false},
	{regexp.MustCompile(`(?i)(?:=|\breturned|\bis|:)\s*` + side + `\s*[,;]\s*(?:but )?(?:want(?:ed)?|expected)\b\s*[:=]?\s*` + side + `\s*(?:$|[\n,;])`), false},
	{regexp.MustCompile(`(?i)\b(?:want(?:ed)?|expected)\b\s*[:=]?\s*` + side + `\s*[,;]?\s*\b(?:but )?(?:got|actual(?:ly)?|was)\b\s*[:=]?\s*` + side + `\s*(?:$|[\n,;])`), true},
}

// gotWant finds what a message says it got and wanted.
func gotWant(text string) []pair {
	for _, form := range gotWantForms {
		var found []pair
		for _, m := range form.re.FindAllStringSubmatch(text, 8) {
			p := pair{unquote(m[1]), unquote(m[2])}
			if form.swapped {
				p.got, p.want = p.want, p.got
			}
			found = append(found, p)
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// addPair mines the part in which want differs from got.
func (h *hints) addPair(p pair) {
	if g, err := strconv.ParseFloat(p.got, 64); err == nil {
		if w, err := strconv.ParseFloat(p.want, 64); err == nil {
			h.addDelta(w - g)
			h.addFloat(w - g)
			h.addFloat(g - w)
			if g != 0 {
				h.addFloat(w / g)
			}
			if w != 0 {
				h.addFloat(g / w)
			}
			return
		}
	}
	i := 0
	for i < len(p.got) && i < len(p.want) && p.got[i] == p.want[i] {
		i++
	}
	j := 0
	for j < len(p.got)-i && j < len(p.want)-i && p.got[len(p.got)-1-j] == p.want[len(p.want)-1-j] {
		j++
	}
	for _, mid := range []string{p.want[i : len(p.want)-j], p.got[i : len(p.got)-j]} {
		if utf8.RuneCountInString(mid) <= 8 {
			h.addString(mid)
		}
		for k, r := range mid {
			if k < 16 {
				h.addRune(r)
			}
		}
	}
}

var literal = regexp.MustCompile("\"(?:[^\"\\\\\\n]|\\\\.)*\"|`[^`]*`|'(?:[^'\\\\\\n]|\\\\.)+'|-?\\b[0-9][0-9_]*(?:\\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")

// addText mines the literals of a text.
func (h *hints) addText(text string) {
	if len(text) > maxMineBytes {
		text = text[:maxMineBytes]
	}
	for _, lit := range literal.FindAllString(text, 4*maxMined) {
		switch lit[0] {
		case '"', '`':
			if s, err := strconv.Unquote(lit); err == nil {
				h.addString(s)
				if n, err := strconv.ParseFloat(s, 64); err == nil {
					h.addFloat(n)
				}
			}
		case '\'':
			if s, err := strconv.Unquote(lit); err == nil {
				r, _ := utf8.DecodeRuneInString(s)
				h.addRune(r)
			}
		default:
			if n, err := strconv.ParseFloat(strings.ReplaceAll(lit, "_", ""), 64); err == nil {
				h.addFloat(n)
			}
		}
	}
}

func (h *hints) addString(s string) {
	if len(s) > maxMinedLen || len(h.strings) >= maxMined || !utf8.ValidString(s) {
		return
	}
	for _, have := range h.strings {
		if have == s {
			return
		}
	}
	h.strings = append(h.strings, s)
}

// addDelta keeps the differences that recur in front.
func (h *hints) addDelta(d float64) {
	for i, have := range h.deltas {
		if have == d {
			h.deltas[0], h.deltas[i] = h.deltas[i], h.deltas[0]
			return
		}
	}
	if d != 0 && d == d && len(h.deltas) < 8 {
		h.deltas = append(h.deltas, d)
	}
}

// addAffixes mines what stands around one string inside a wanted one.
func (h *hints) addAffixes(inner []string, want string) {
	for _, s := range inner {
		if s == "" || s == want {
			continue
		}
		if before, after, ok := strings.Cut(want, s); ok {
			for _, part := range []string{before, after} {
				if part != "" {
					h.addString(part)
				}
			}
		}
	}
}

func (h *hints) addRune(r rune) {
	for _, have := range h.runes {
		if have == r {
			return
		}
	}
	if len(h.runes) < maxMined && r != utf8.RuneError {
		h.runes = append(h.runes, r)
	}
}

func (h *hints) addInt(n int64) {
	for _, have := range h.ints {
		if have == n {
			return
		}
	}
	if len(h.ints) < maxMined {
		h.ints = append(h.ints, n)
	}
}

func (h *hints) addFloat(f float64) {
	if f == float64(int64(f)) && f > -1e15 && f < 1e15 {
		h.addInt(int64(f))
	}
	for _, have := range h.floats {
		if have == f {
			return
		}
	}
	if len(h.floats) < maxMined && f == f && f < 1e300 && f > -1e300 {
		h.floats = append(h.floats, f)
	}
}

// codeHints are the constants of the function itself, of its file and of its
// package, nearest first.
func codeHints(d *decl) *hints {
	h := &hints{}
	add := func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok {
			// An import path is no value.
			_, isImport := n.(*ast.ImportSpec)
			return !isImport
		}
		switch lit.Kind {
		case token.STRING:
			if s, err := strconv.Unquote(lit.Value); err == nil {
				h.addString(s)
			}
		case token.CHAR:
			if s, err := strconv.Unquote(lit.Value); err == nil {
				r, _ := utf8.DecodeRuneInString(s)
				h.addRune(r)
			}
		case token.INT, token.FLOAT:
			if f, err := strconv.ParseFloat(strings.ReplaceAll(lit.Value, "_", ""), 64); err == nil {
				h.addFloat(f)
			}
		}
		return true
	}
	if d.fn != nil {
		ast.Inspect(d.fn.Body, add)
	}
	if syn := d.env.param.Syntax; syn != nil {
		ast.Inspect(syn.File, add)
	}
	scope := d.env.home.Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if !ok || c.Val() == nil {
			continue
		}
		switch c.Val().Kind() {
		case constant.String:
			h.addString(constant.StringVal(c.Val()))
		case constant.Int, constant.Float:
			f, _ := constant.Float64Val(constant.ToFloat(c.Val()))
			h.addFloat(f)
		}
	}
	return h
}
