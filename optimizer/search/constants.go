package search

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// constant replaces a literal (or a negated one) by other constants of its
// type.
func (m *mutator) constant(e ast.Expr) {
	v := m.d.constOf(e)
	if v == nil {
		return
	}
	t := m.d.typeOf(e)
	lit, isLit := e.(*ast.BasicLit)
	switch {
	case isLit && lit.Kind == token.CHAR:
		if n, ok := constant.Int64Val(v); ok {
			m.weighted(e, runeVariants(rune(n), m.feedback, m.code), wConstant)
		}
	case v.Kind() == constant.String:
		m.weighted(e, stringVariants(constant.StringVal(v), m.feedback, m.code), wConstant)
	case isInteger(t) || v.Kind() == constant.Int && !isFloat(t):
		if n, ok := constant.Int64Val(v); ok {
			m.weighted(e, intVariants(n, m.feedback, m.code), wConstant)
		}
	case isNumeric(t):
		f, _ := constant.Float64Val(constant.ToFloat(v))
		list := floatVariants(f, m.feedback, m.code)
		if isLit && lit.Kind == token.INT {
			for i := range list {
				list[i].text = strings.TrimSuffix(list[i].text, ".0") // as the author writes it
			}
		}
		m.weighted(e, list, wConstant)
	}
	m.variables(e, t)
}

// variables replaces a constant by what is in scope and has its type.
func (m *mutator) variables(e ast.Expr, t types.Type) {
	if t == nil {
		return
	}
	t = types.Default(t)
	isVar := func(o types.Object) bool {
		_, ok := o.(*types.Var)
		return ok
	}
	for _, name := range m.visible(e.Pos(), t, isVar) {
		m.replace(e, name, .28, "variable")
	}
	for _, name := range m.visible(e.Pos(), types.NewSlice(t), isVar) {
		m.replace(e, name+"[0]", .22, "variable")
	}
}

// A variant is another text for a constant, with a factor on its weight.
type variant struct {
	text   string
	factor float64
}

func (m *mutator) weighted(e ast.Expr, list []variant, weight float64) {
	seen := map[string]bool{m.d.text(e): true}
	for _, v := range list {
		if !seen[v.text] {
			seen[v.text] = true
			m.replace(e, v.text, weight*v.factor, "constant")
		}
	}
}

// decay is the factor of the i-th mined constant.
func decay(first float64, i int) float64 { return first / (1 + float64(i)/6) }

func intVariants(n int64, feedback, code *hints) []variant {
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	list := []variant{{text(n + 1), 1.3}, {text(n - 1), 1.3}}
	for i, d := range feedback.deltas {
		if d == float64(int64(d)) {
			list = append(list, variant{text(n + int64(d)), decay(1.2, i)}, variant{text(n - int64(d)), decay(.8, i)})
		}
	}
	for _, c := range []int64{0, 1, -1, 2} {
		list = append(list, variant{text(c), .9})
	}
	for i, c := range feedback.ints {
		list = append(list, variant{text(c), decay(.9, i)})
	}
	for i, c := range code.ints {
		list = append(list, variant{text(c), decay(.7, i)})
	}
	return append(list, variant{text(n * 2), .5}, variant{text(n / 2), .5}, variant{text(n * 10), .4}, variant{text(n / 10), .3}, variant{text(-n), .4})
}

func formatFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eE") {
		s += ".0"
	}
	return s
}

func floatVariants(f float64, feedback, code *hints) []variant {
	list := []variant{{formatFloat(-f), .8}, {formatFloat(f + 1), .7}, {formatFloat(f - 1), .7}}
	for i, d := range feedback.deltas {
		list = append(list, variant{formatFloat(f + d), decay(1.2, i)}, variant{formatFloat(f - d), decay(.8, i)})
	}
	for i, c := range feedback.floats {
		list = append(list, variant{formatFloat(c), decay(1, i)})
	}
	for _, c := range []float64{0, 1, .5, 2, 10, 100} {
		list = append(list, variant{formatFloat(c), .7})
	}
	for i, c := range code.floats {
		list = append(list, variant{formatFloat(c), decay(.7, i)})
	}
	for _, k := range []float64{2, .5, 10, .1, 1.1, .9, 1.01, .99} {
		list = append(list, variant{formatFloat(f * k), .5})
	}
	return list
}

func runeVariants(r rune, feedback, code *hints) []variant {
	var list []variant
	for i, c := range feedback.runes {
		list = append(list, variant{strconv.QuoteRune(c), decay(1, i)})
	}
	for i, c := range code.runes {
		list = append(list, variant{strconv.QuoteRune(c), decay(.8, i)})
	}
	for _, c := range []rune{unicode.ToUpper(r), unicode.ToLower(r), r + 1, r - 1} {
		if c > 0 {
			list = append(list, variant{strconv.QuoteRune(c), .8})
		}
	}
	return list
}

// stringVariants are small edits of a string and mined strings.
func stringVariants(s string, feedback, code *hints) []variant {
	var list []variant
	add := func(s string, factor float64) {
		if utf8.ValidString(s) {
			list = append(list, variant{quoteLike(s), factor})
		}
	}
	for i, p := range feedback.pairs {
		if x, ok := inPlace(s, p); ok {
			add(x, decay(1.6, i))
		}
	}
	if n := utf8.RuneCountInString(s); n > 1 && n <= 12 {
		_, first := utf8.DecodeRuneInString(s)
		_, last := utf8.DecodeLastRuneInString(s)
		add(s[first:], 1)
		add(s[:len(s)-last], 1)
	}
	for i, c := range feedback.strings {
		add(c, decay(1, i))
	}
	add("", .9)
	add(strings.TrimSpace(s), .9)
	add(strings.ToLower(s), .9)
	add(strings.ToUpper(s), .7)
	for i, r := range feedback.runes {
		add(s+string(r), decay(.7, i))
		add(string(r)+s, decay(.5, i))
		if strings.ContainsRune(s, r) && len(s) > 1 {
			add(strings.ReplaceAll(s, string(r), ""), decay(.9, i))
		}
		if utf8.RuneCountInString(s) == 1 {
			add(string(r), decay(1, i))
		}
	}
	add(s+" ", .6)
	add(" "+s, .5)
	add(s+"\n", .4)
	for _, pair := range [][2]string{{" ", ""}, {"-", "_"}, {"_", "-"}, {"-", " "}, {"_", " "}, {" ", "-"}, {" ", "_"}, {",", ", "}, {", ", ","}, {"/", "."}, {".", "/"}, {"\\", "/"}} {
		if strings.Contains(s, pair[0]) {
			add(strings.ReplaceAll(s, pair[0], pair[1]), .6)
		}
	}
	for _, verb := range [][2]string{{"%d", "%02d"}, {"%s", "%q"}, {"%v", "%q"}, {"%q", "%s"}, {"%.1f", "%.2f"}, {"%.2f", "%.1f"}, {"%f", "%.2f"}, {"%v", "%+v"}, {"%x", "%02x"}, {"%x", "%X"}, {"%02d", "%d"}} {
		for at := 0; ; {
			i := strings.Index(s[at:], verb[0])
			if i < 0 {
				break
			}
			at += i
			add(s[:at]+verb[1]+s[at+len(verb[0]):], .7)
			at += len(verb[0])
		}
	}
	for i, c := range code.strings {
		add(c, decay(.8, i))
	}
	return list
}

// inPlace returns what stands in want where s stands in got.
func inPlace(s string, p pair) (string, bool) {
	if s == "" || p.got == p.want {
		return "", false
	}
	before, after, ok := strings.Cut(p.got, s)
	if !ok || len(before)+len(after) > len(p.want) || !strings.HasPrefix(p.want, before) || !strings.HasSuffix(p.want, after) {
		return "", false
	}
	return p.want[len(before) : len(p.want)-len(after)], true
}

func quoteLike(s string) string {
	if strconv.CanBackquote(s) && strings.Contains(s, `\`) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// offByOne shifts an integer expression where bounds are: indexes, slice
// bounds, comparisons, results, arguments.
func (m *mutator) offByOne(e ast.Expr) {
	if !isInteger(m.d.typeOf(e)) || m.d.constOf(e) != nil {
		return
	}
	weight := 0.0
	switch p := m.parent().(type) {
	case *ast.IndexExpr:
		if p.Index == e {
			if _, isMap := under(m.d.typeOf(p.X)).(*types.Map); !isMap {
				weight = wOffByOne
			}
		}
	case *ast.SliceExpr:
		if p.X != e {
			weight = wOffByOne
		}
	case *ast.BinaryExpr:
		switch p.Op {
		case token.LSS, token.LEQ, token.GTR, token.GEQ, token.EQL, token.NEQ:
			weight = .45
		case token.QUO, token.MUL, token.REM:
			if _, ok := e.(*ast.ParenExpr); !ok {
				m.shift(e, .25, "(", ")")
			}
			return
		}
	case *ast.ReturnStmt:
		weight = .45
	case *ast.AssignStmt:
		for _, r := range p.Rhs {
			if r == e {
				weight = .35
			}
		}
	case *ast.CallExpr:
		if p.Fun != e {
			weight = .3
		}
	case *ast.RangeStmt:
		if p.X == e {
			weight = .45
		}
	}
	if weight > 0 {
		m.shift(e, weight, "", "")
	}
}

func (m *mutator) shift(e ast.Expr, weight float64, open, end string) {
	text := m.d.text(e)
	m.replace(e, open+text+" + 1"+end, weight, "offbyone")
	m.replace(e, open+text+" - 1"+end, weight, "offbyone")
}

// slice opens and shifts the bounds that a slice expression leaves out or has.
func (m *mutator) slice(n *ast.SliceExpr) {
	if n.Slice3 {
		return
	}
	x := m.d.text(n.X)
	switch {
	case n.Low != nil && n.High != nil:
		m.replace(n, x+"["+m.d.text(n.Low)+":]", .35, "slice")
		m.replace(n, x+"[:"+m.d.text(n.High)+"]", .35, "slice")
	case n.Low != nil:
		m.replace(n, x+"[:"+m.d.text(n.Low)+"]", .3, "slice")
		m.replace(n, x, .25, "slice")
	case n.High != nil:
		m.replace(n, x+"["+m.d.text(n.High)+":]", .3, "slice")
		m.replace(n, x+"[1:"+m.d.text(n.High)+"]", .25, "slice")
		m.replace(n, x, .25, "slice")
	}
	if n.High == nil && pure(n.X) {
		m.replace(n, x+"["+m.optional(n.Low)+":len("+x+")-1]", .3, "slice")
	}
}

func (m *mutator) optional(e ast.Expr) string {
	if e == nil {
		return ""
	}
	return m.d.text(e)
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}
