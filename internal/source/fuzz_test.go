package source

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzCheck proposes any bytes: whole declarations, bodies and values. A check
// never panics, ends soon, and what it accepts can be applied and is accepted
// again.
func FuzzCheck(f *testing.F) {
	prog, list := params(f, checked)
	k := NewChecker(prog, list)
	for _, p := range list {
		f.Add(p.Source, uint8(0))
	}
	for _, body := range []string{
		"return", "}", "{", "x := func() { defer recover() }; x()", "goto L; L: return", "for range 3 { s += s }",
		"type t struct{ *t }; var _ t", "const a = 1 << iota", "var a [2][2]int; a[0][1]++", "`", "/*", "//line x:1", "\x00",
		"a := MakePair(s, n); b := MakePair(a, a); _ = b", "var f func(Pair[Pair[int, int], string])", "switch x := any(s).(type) { case int, string: _ = x }",
		"select {}", "_ = struct{ a, b [1 << 20]int }{}", "L: for { break L }", "return fmt.Sprint(strings.Fields(s)), nil",
	} {
		f.Add(body, uint8(1))
		f.Add(body, uint8(2))
	}
	f.Fuzz(func(t *testing.T, src string, how uint8) {
		p := list[int(how/3)%len(list)]
		switch how % 3 {
		case 1:
			p = param(t, list, "Clean")
			src = "func Clean(s string, n int) (out string, err error) {" + src + "\n}"
		case 2:
			p = param(t, list, "config")
		}
		start := time.Now()
		err := k.Check(context.Background(), assign(p.ID, src))
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("the check took %v", d)
		}
		if err != nil {
			var r *Rejection
			if !errors.As(err, &r) {
				t.Fatalf("not a rejection: %v", err)
			}
			if r.Msg == "" || !utf8.ValidString(strings.ToValidUTF8(r.Msg, "")) || len(r.Msg) > 20_000 {
				t.Errorf("message of %d bytes: %s", len(r.Msg), r.Msg)
			}
			return
		}
		files, err := Apply(list, map[string]string{p.ID: src})
		if err != nil {
			t.Fatalf("accepted and not applied: %v", err)
		}
		for _, content := range files {
			if len(content) == 0 {
				t.Error("an empty file")
			}
		}
	})
}

// BenchmarkCheck measures one body in a package with net/http in its imports.
func BenchmarkCheck(b *testing.B) {
	prog, list := params(b, checked)
	k := NewChecker(prog, list)
	p := param(b, list, "Clean")
	prop := assign(p.ID, strings.Replace(p.Source, "> 3", "> 4", 1))
	for b.Loop() {
		if err := k.Check(context.Background(), prop); err != nil {
			b.Fatal(err)
		}
	}
}
