package optoprime

import (
	"fmt"
	"go/version"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// variables shows every parameter with its rules and source, in the block that
// an answer would use, within limit bytes. Short ones are shown whole and leave
// what they do not need to the long ones.
func variables(params []optimizer.Param, cases []optimizer.Case, limit int) string {
	limit -= len(params) + 60 // what stands between them, and the line that says what is missing
	texts := make([]string, len(params))
	byLength := make([]int, len(params))
	for i, p := range params {
		texts[i] = variable(p, cases, math.MaxInt)
		byLength[i] = i
	}
	sort.SliceStable(byLength, func(a, b int) bool { return len(texts[byLength[a]]) < len(texts[byLength[b]]) })
	missing := 0
	for n, i := range byLength {
		if each := limit / (len(params) - n); len(texts[i]) > each {
			texts[i] = variable(params[i], cases, each)
		}
		if texts[i] == "" {
			missing++
		}
		limit -= len(texts[i])
	}
	text := strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "\n")
	if missing > 0 {
		text += fmt.Sprintf("\n(%s left out for lack of room)\n", plural(missing, "parameter is", "parameters are"))
	}
	return text
}

// variable shows p in at most limit bytes: what is said about it gets shorter
// before its source does. It is empty if there is no room for anything.
func variable(p optimizer.Param, cases []optimizer.Case, limit int) string {
	lines := executed(p, cases)
	for _, part := range []int{1, 4, 10} {
		head := about(p, lines, part)
		if text := head + block(p, p.Source); len(text) <= limit {
			return text
		}
		head += fmt.Sprintf("(the source has %d bytes and is too long for this report; only its beginning is shown)\n", len(p.Source))
		room := limit - len(head) - len(block(p, ""))
		for room >= 200 {
			text := head + block(p, strings.ToValidUTF8(p.Source[:min(room, len(p.Source))], ""))
			if len(text) <= limit {
				return text
			}
			room -= len(text) - limit // the fence has grown
		}
	}
	text := title(p) + fmt.Sprintf("(its source of %d bytes has no room in this report)\n", len(p.Source))
	if len(text) <= limit {
		return text
	}
	return ""
}

func title(p optimizer.Param) string {
	if p.Kind == optimizer.FuncBody {
		at := ""
		if p.File != "" { // where a panic says it was
			at = fmt.Sprintf(" (func stands at %s:%d)", oneLine(p.File, 160), p.Line)
		}
		return fmt.Sprintf("### %s: function%s\n", p.Name, at)
	}
	return fmt.Sprintf("### %s: value of type %s\n", p.Name, oneLine(p.Type, 200))
}

// about is what is said of p before its source, in a part of the usual length, with
// what is known of its lines.
func about(p optimizer.Param, lines string, part int) string {
	var b strings.Builder
	b.WriteString(title(p))
	if doc := oneLine(p.Doc, 600/part); doc != "" && !strings.Contains(commentText(p.Source), strings.Join(strings.Fields(p.Doc), " ")) {
		fmt.Fprintf(&b, "Described: %s\n", doc)
	}
	if rules := enforced(p); len(rules) > 0 {
		fmt.Fprintf(&b, "Enforced: %s.\n", strings.Join(rules, "; "))
	}
	if c := oneLine(p.Constraint, 400/part); c != "" {
		fmt.Fprintf(&b, "Asked: %s\n", c)
	}
	if lines != "" {
		b.WriteString(strings.TrimSuffix(clip(lines, maxLinesText/part), "\n") + "\n")
	}
	return b.String()
}

func block(p optimizer.Param, source string) string {
	word := "value"
	if p.Kind == optimizer.FuncBody {
		word = "go"
	}
	return fenced(word+" "+p.Name, source)
}

// commentText is the text of the comment lines that source begins with.
func commentText(source string) string {
	var words []string
	for _, l := range strings.Split(source, "\n") {
		c, ok := strings.CutPrefix(strings.TrimSpace(l), "//")
		if !ok {
			break
		}
		words = append(words, strings.Fields(c)...)
	}
	return strings.Join(words, " ")
}

// enforced lists the rules that a checker upholds.
func enforced(p optimizer.Param) []string {
	var rules []string
	add := func(format string, args ...any) { rules = append(rules, fmt.Sprintf(format, args...)) }
	if p.Min != "" {
		add("at least %s", p.Min)
	}
	if p.Max != "" {
		add("at most %s", p.Max)
	}
	if p.Step != "" {
		add("in steps of %s", p.Step)
	}
	if len(p.Choices) > 0 {
		add("one of %s", names(p.Choices, 50))
	}
	if p.Check != "" {
		add("%s(%s) returns nil", p.Check, p.Name)
	}
	if p.Kind == optimizer.FuncBody {
		if pkgs, ok := imports(p); ok {
			if len(pkgs) == 0 {
				add("of packages it can use harmless ones of the standard library, whose imports are added")
			} else {
				add("of packages it can use those that its file imports (%s) and harmless ones of the standard library, whose imports are added", names(pkgs, 30))
			}
		}
		if release := language(p); release != "" {
			add("the language is that of %s", release)
		}
		if len(p.Allow) > 0 {
			add("beyond the usual it may use %s", names(p.Allow, 20))
		}
	}
	return rules
}

// language is the release of Go whose language the package of p is written in,
// such as "Go 1.22". It is empty where nobody says.
func language(p optimizer.Param) string {
	if p.Syntax == nil || p.Syntax.Pkg == nil {
		return ""
	}
	if v, ok := strings.CutPrefix(version.Lang(p.Syntax.Pkg.GoVersion()), "go"); ok {
		return "Go " + v
	}
	return ""
}

// imports lists the packages that the file of p imports.
func imports(p optimizer.Param) ([]string, bool) {
	if p.Syntax == nil || p.Syntax.File == nil {
		return nil, false
	}
	var list []string
	for _, s := range p.Syntax.File.Imports {
		path, err := strconv.Unquote(s.Path.Value)
		if err != nil || (s.Name != nil && s.Name.Name == "_") {
			continue
		}
		if s.Name != nil {
			path = s.Name.Name + " " + path
		}
		list = append(list, path)
	}
	sort.Strings(list)
	return list, true
}
