package optoprime

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/opto-go/trace/optimizer"
)

// variables shows every parameter with its rules and source, in the block that
// an answer would use.
func variables(params []optimizer.Param, limit int) string {
	each := limit
	if len(params) > 0 {
		each = limit / len(params)
	}
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(variable(p, each))
	}
	return b.String()
}

func variable(p optimizer.Param, limit int) string {
	var b strings.Builder
	word := "value"
	if p.Kind == optimizer.FuncBody {
		word = "go"
		fmt.Fprintf(&b, "### %s: function\n", p.Name)
	} else {
		fmt.Fprintf(&b, "### %s: value of type %s\n", p.Name, oneLine(p.Type, 200))
	}
	if doc := oneLine(p.Doc, 600); doc != "" && !strings.Contains(commentText(p.Source), strings.Join(strings.Fields(p.Doc), " ")) {
		fmt.Fprintf(&b, "Described: %s\n", doc)
	}
	if rules := enforced(p); len(rules) > 0 {
		fmt.Fprintf(&b, "Enforced: %s.\n", strings.Join(rules, "; "))
	}
	if c := oneLine(p.Constraint, 400); c != "" {
		fmt.Fprintf(&b, "Asked: %s\n", c)
	}
	source := p.Source
	if room := max(limit-b.Len()-len(p.Name)-60, 0); len(source) > room {
		fmt.Fprintf(&b, "(the source has %d bytes and is too long for this report; only its beginning is shown)\n", len(source))
		source = strings.ToValidUTF8(source[:max(room-100, 0)], "")
	}
	b.WriteString(fenced(word+" "+p.Name, source))
	return b.String()
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
				add("it can use no other package, since its file imports none")
			} else {
				add("it can use no packages but those that its file imports: %s", names(pkgs, 30))
			}
		}
		if len(p.Allow) > 0 {
			add("beyond the usual it may use %s", names(p.Allow, 20))
		}
	}
	return rules
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
