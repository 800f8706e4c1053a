package directive

import (
	"go/token"
	"slices"
	"strings"
)

// arguments fills the target from the arguments of its directive.
func (c *collector) arguments(d *comment) *Target {
	t := &Target{Kind: d.kind, Pos: d.pos, ArgPos: map[string]token.Pos{}}
	for i, a := range d.args {
		if msg, hint := d.kind.optionProblem(a); msg != "" {
			c.reportFix(d.argPos(a), hint, d.fixOption(i), "%s", msg)
			d.broken = true
			meant, ok := d.kind.meant(a)
			if !ok || t.ArgPos[meant] != token.NoPos {
				continue
			}
			a.Key = meant
		}
		if _, dup := t.ArgPos[a.Key]; dup {
			c.reportFix(d.argPos(a), "leave one of them out", d.fixDuplicate(i), "duplicate option %s", a.Key)
			continue
		}
		t.ArgPos[a.Key] = d.argPos(a)
		switch a.Key {
		case "trainable":
			t.Trainable = true
		case "name":
			if !token.IsIdentifier(a.Value) || a.Value == "_" {
				c.report(d.valuePos(a), "", "name=%s is not a Go identifier", a.Value)
				continue
			}
			t.Name = a.Value
		case "desc":
			t.Doc = a.Value
		case "constraint":
			t.Constraint = a.Value
		case "expand":
			t.Expand = true
		case "nocatch":
			t.NoCatch = true
		case "allow":
			t.Allow = c.list(d, a)
			for _, s := range t.Allow {
				if strings.ContainsAny(s, " \t\"'`") {
					c.report(d.valuePos(a), "entries are import paths, pkg.Symbol, or go", "allow= holds %q, which is no package or symbol", s)
				}
			}
		case "min":
			t.Min = a.Value
		case "max":
			t.Max = a.Value
		case "step":
			t.Step = a.Value
		case "choices":
			t.Choices = c.list(d, a)
		case "check":
			t.Check = a.Value
		case "reason":
			t.Reason = a.Value
		}
	}
	if d.broken {
		return t // what is missing may be among what could not be read
	}
	if d.kind == Skip && t.ArgPos["reason"] == token.NoPos {
		c.report(d.pos, `write //trace:skip reason="why"`, "//trace:skip needs a reason")
	}
	for _, a := range d.args {
		if o, ok := d.kind.option(a.Key); ok && o.trainable && !t.Trainable && t.ArgPos[a.Key] == d.argPos(a) {
			c.report(d.argPos(a), "add trainable, or leave the option out", "option %s means nothing without trainable", a.Key)
		}
	}
	return t
}

// list splits a quoted list at its commas.
func (c *collector) list(d *comment, a Arg) []string {
	var list []string
	for s := range strings.SplitSeq(a.Value, ",") {
		s = strings.TrimSpace(s)
		switch {
		case s == "":
			c.report(d.valuePos(a), listRule, "the list of %s has an empty entry", a.Key)
		case slices.Contains(list, s):
			c.report(d.valuePos(a), "leave one of them out", "the list of %s holds %s twice", a.Key, s)
		default:
			list = append(list, s)
		}
	}
	return list
}
