package gen

import (
	"fmt"
	"go/types"
	"strings"
)

// bodyName is the name of the function that follows the body of a bundle.
func bodyName(f *types.Func) string { return twinName(f) + "__body" }

// bundleTwin writes the twin of a bundle, which makes one node of a call. It
// calls the original, whose entry finds no tape while such a bundle runs, or
// the function that follows the body. A second function carries the
// description of the call as a caller wrote it.
func (w *fileWriter) bundleTwin(f *funcDecl, s *signature, decl string) string {
	sigType := f.obj.Type().(*types.Signature)
	results := append([]param(nil), s.results...)
	used := map[string]bool{}
	for _, p := range s.params {
		used[p.name] = true
	}
	for i := range results {
		results[i].name = fmt.Sprintf("r%d__", i)
	}
	var formal []string
	for _, p := range s.params {
		formal = append(formal, fmt.Sprintf("{Src: %q}", p.name))
	}
	id := ""
	if f.bundle.Trainable {
		id = f.bundle.ID
	}
	flags := ""
	if f.bundle.NoCatch {
		flags += ", NoCatch: " + yes
	}
	w.bundles = append(w.bundles, fmt.Sprintf("{Name: %q, ID: %q, At: %q, Sig: %q, Args: []%s.ArgSite{%s}%s}",
		shortName(f.obj), id, w.at(f.pos()), bundleText(f), rt, strings.Join(formal, ", "), flags))
	bundle := fmt.Sprintf("&bundles__%s[%d]", w.id(), len(w.bundles)-1)

	var b strings.Builder
	name := twinName(f.obj)
	b.WriteString(head(name+"__at", decl, ", s__ *"+rt+".Site", s, results))
	b.WriteString(" { " + w.whenSpent(f, s))
	fmt.Fprintf(&b, "f__ := %s.Enter(%s, %s, s__); ", rt, tapeName, bundle)
	for i, p := range s.params {
		fmt.Fprintf(&b, "%s.Arg(f__, %d, p%d__, %s); ", rt, i, i, p.name)
	}
	for i, p := range s.params {
		b.WriteString(w.fieldInputs(f, p, i))
	}
	b.WriteString("defer f__.Leave(); ")
	call := w.plainCall(f, s)
	var names []string
	for _, r := range results {
		names = append(names, r.name)
	}
	assign, made := "", ""
	if len(results) > 0 {
		assign = strings.Join(names, ", ") + " = "
		made = fmt.Sprintf("f__.Made(%s); ", strings.Join(bodyRefNames(results), ", "))
	}
	switch {
	case f.iface && f.holds:
		b.WriteString(bodyRefs(results) + w.heldCall(f, s, assign, call, made))
	case f.inside != "":
		b.WriteString(bodyRefs(results) + assign + w.bodyCall(f, s) + "; " + made)
	case f.marked:
		b.WriteString("f__.Alone(); " + assign + w.markedCall(f, s) + "; ")
	default:
		b.WriteString("f__.Alone(); " + assign + call + "; ")
	}
	b.WriteString("f__.Done(); ")
	last := len(results) - 1
	hasErr := last >= 0 && types.Identical(sigType.Results().At(last).Type(), types.Universe.Lookup("error").Type())
	if hasErr {
		var outs []string
		for i := 0; i < last; i++ {
			outs = append(outs, fmt.Sprintf(", o%d__", i))
		}
		fmt.Fprintf(&b, "if r%d__ != nil { %s.Err(f__, r%d__, o%d__%s)", last, rt, last, last, strings.Join(outs, ""))
		fmt.Fprintf(&b, " } else { ")
	}
	for i := range results {
		if hasErr && i == last {
			fmt.Fprintf(&b, "%s.Err(f__, nil, o%d__) }; ", rt, i)
		} else {
			fmt.Fprintf(&b, "%s.Result(f__, %d, o%d__, r%d__); ", rt, i, i, i)
		}
	}
	if len(results) == 0 {
		b.WriteString(rt + ".Effect(f__); ")
	}
	for _, i := range f.mutates {
		fmt.Fprintf(&b, "%s.Mutated(f__, %d, %s); ", rt, i, s.params[i].name)
	}
	b.WriteString("return }; ")

	// The twin proper, for callers that have no description.
	b.WriteString(head(name, decl, "", s, results))
	b.WriteString(" { ")
	if len(results) > 0 {
		b.WriteString("return ")
	}
	_, inst := w.typeParams(f)
	fmt.Fprintf(&b, "%s__at%s(%s, nil", name, inst, tapeName)
	for i := range s.results {
		fmt.Fprintf(&b, ", o%d__", i)
	}
	for i := range s.params {
		fmt.Fprintf(&b, ", p%d__", i)
	}
	for _, p := range s.params {
		b.WriteString(", " + p.arg)
	}
	b.WriteString(") }")
	return b.String()
}

// bodyCall is the call of the function that follows the body of a bundle.
func (w *fileWriter) bodyCall(f *funcDecl, s *signature) string {
	_, inst := w.typeParams(f)
	return fmt.Sprintf("%s%s(%s)", bodyName(f.obj), inst, insideArgs(s))
}

// insideArgs are what a twin inside a bundle is given; site, if there is one, comes
// behind the tape.
func insideArgs(s *signature, site ...string) string {
	args := append([]string{"f__.Inside()"}, site...)
	args = append(args, pointers(bodyRefNames(s.results))...)
	for i := range s.params {
		args = append(args, fmt.Sprintf("f__.Own(%d)", i))
	}
	for _, p := range s.params {
		args = append(args, p.arg)
	}
	return strings.Join(args, ", ")
}

// bodyRefNames names the shadows of the results that the body makes.
func bodyRefNames(results []param) []string {
	var names []string
	for i := range results {
		names = append(names, fmt.Sprintf("b%d__", i))
	}
	return names
}

func bodyRefs(results []param) string {
	if len(results) == 0 {
		return ""
	}
	return fmt.Sprintf("var %s %s.Ref; ", strings.Join(bodyRefNames(results), ", "), rt)
}

// fieldInputs notes the //trace:node fields that a bundle reaches through a
// parameter that is a struct or a pointer to one.
func (w *fileWriter) fieldInputs(f *funcDecl, p param, i int) string {
	if p.obj == nil {
		return ""
	}
	t := p.obj.Type()
	ptr, isPtr := t.Underlying().(*types.Pointer)
	if isPtr {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	var b strings.Builder
	for k := 0; k < st.NumFields(); k++ {
		fld := st.Field(k)
		n := w.node(fld)
		if n == nil || fld.Pkg() != w.unit.Types && !fld.Exported() {
			continue
		}
		s := siteInfo{node: f.decl, src: p.name + "." + fld.Name(), name: p.name + "." + fld.Name(), typ: fld.Type(), deep: true}
		if n.Trainable {
			s.id, s.decl = n.ID, fld.Pos()
		}
		fmt.Fprintf(&b, "%s.Field(f__, %s, &%s.%s); ", rt, w.site(s), p.name, fld.Name())
	}
	if b.Len() > 0 && isPtr {
		return fmt.Sprintf("if %s != nil { %s}; ", p.name, b.String())
	}
	return b.String()
}
