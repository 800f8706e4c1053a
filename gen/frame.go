package gen

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// frame is the function or function literal whose statements are written.
// Its shadows and slots are declared at its head, so that nothing has to be
// declared in the middle of a statement.
type frame struct {
	outer      *frame
	lit        *ast.FuncLit
	refs       []string                // Ref variables to declare
	iters      []string                // Iter variables to declare
	ints       []string                // int variables to declare
	chans      []string                // Chan variables to declare
	others     []string                // other declarations
	shared     []string                // shadows that goroutines may share
	live       string                  // names a function that lists all shadows, for recover
	splits     []leafDecl              // shadows of split variables to declare
	shadows    map[types.Object]string // of variables declared or captured here
	results    []string                // *Ref expressions for the results; nil: not recorded
	resultVars []string
	resultObjs []types.Object
	named      bool

	loops    int    // for and range statements around what is written
	seqs     int    // of these, how many an iterator function drives: their bodies are functions of their own
	ran      string // variable that has a bit for each block in a loop that ran
	ranCount int    // its bits
}

// declarations declares what body, the rest of the frame's text, may use.
func (f *frame) declarations(body string) string {
	var b strings.Builder
	if len(f.refs) > 0 {
		fmt.Fprintf(&b, "var %s %s.Ref; ", strings.Join(f.refs, ", "), rt)
		if idle := unread(f.refs, body); len(idle) > 0 {
			fmt.Fprintf(&b, "%s = %s; ", strings.TrimSuffix(strings.Repeat("_, ", len(idle)), ", "), strings.Join(idle, ", "))
		}
	}
	if len(f.iters) > 0 {
		fmt.Fprintf(&b, "var %s %s.Iter; ", strings.Join(f.iters, ", "), rt)
	}
	if len(f.ints) > 0 {
		fmt.Fprintf(&b, "var %s int; ", strings.Join(f.ints, ", "))
	}
	for _, d := range f.others {
		b.WriteString(d + "; ")
	}
	if len(f.chans) > 0 { // nothing is kept of an element without a value
		names := strings.Join(f.chans, ", ")
		fmt.Fprintf(&b, "var %s %s.Chan; %s = %s; ", names, rt, strings.TrimSuffix(strings.Repeat("_, ", len(f.chans)), ", "), names)
	}
	for _, d := range f.splits {
		b.WriteString(d.text + "; ")
	}
	if f.live != "" {
		var all []string
		for _, r := range f.refs {
			if !slices.Contains(f.shared, r) {
				all = append(all, r)
			}
		}
		for _, d := range f.splits {
			if slices.Contains(f.shared, d.name) {
				continue
			}
			for i := 0; i < d.leaves; i++ {
				all = append(all, fmt.Sprintf("%s[%d]", d.name, i))
			}
		}
		fmt.Fprintf(&b, "%s := func() []%s.Ref { return []%s.Ref{%s} }; ", f.live, rt, rt, strings.Join(all, ", "))
	}
	return b.String()
}

// unread lists the variables that text does not use, or only assigns: an error
// in Go.
func unread(names []string, text string) []string {
	left := make(map[string]bool, len(names))
	for _, n := range names {
		left[n] = true
	}
	for at := 0; len(left) > 0; {
		i := strings.Index(text[at:], "__")
		if i < 0 {
			break
		}
		i += at
		for at = i + 2; at < len(text) && identByte(text[at]); at++ {
		}
		from := i
		for from > 0 && text[from-1] >= '0' && text[from-1] <= '9' {
			from--
		}
		if from--; from >= 0 && from < i-1 && identByte(text[from]) && !strings.HasPrefix(text[at:], " = ") {
			delete(left, text[from:at])
		}
	}
	var idle []string
	for _, n := range names {
		if left[n] {
			idle = append(idle, n)
		}
	}
	return idle
}

func identByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func (f *frame) setShadow(o types.Object, sh string) {
	if f.shadows == nil {
		f.shadows = map[types.Object]string{}
	}
	f.shadows[o] = sh
}
