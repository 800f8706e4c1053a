package search

import (
	"testing"
)

func TestNormal(t *testing.T) {
	same := [][2]string{
		{"func f() int { return 1 }", "// doc\nfunc f() int {\n\treturn 1 // one\n}"},
		{"f(a, b)", "f(\n\ta,\n\tb,\n)"},
		{"[]int{1, 2}", "[]int{\n\t1,\n\t2,\n}"},
		{"if x { y(); z() }", "if x {\n\ty()\n\tz()\n}\n"},
	}
	for _, tt := range same {
		if a, b := normal(tt[0]), normal(tt[1]); a != b {
			t.Errorf("%q and %q differ:\n%s\n%s", tt[0], tt[1], a, b)
		}
	}
	if normal("x = 1") == normal("x = 2") || normal("a; b") == normal("a b") {
		t.Error("different texts have one normal form")
	}
}

func TestTransplant(t *testing.T) {
	const (
		base = "func f(a, b int) int {\n\tif a < b {\n\t\ta++\n\t}\n\treturn a + b\n}"
		to   = "func f(a, b int) int {\n\tif a <= b {\n\t\ta++\n\t}\n\treturn a + b\n}"
	)
	h, ok := diffHunk(base, to)
	if !ok {
		t.Fatal("no difference found")
	}
	tests := []struct{ name, onto, want string }{
		{"elsewhere changed", "func f(a, b int) int {\n\tif a < b {\n\t\ta++\n\t}\n\treturn a - b\n}", "func f(a, b int) int {\n\tif a <= b {\n\t\ta++\n\t}\n\treturn a - b\n}"},
		{"neighbour changed", "func f(a, b int) int {\n\tif a < b {\n\t\ta--\n\t}\n\treturn a + b\n}", "func f(a, b int) int {\n\tif a <= b {\n\t\ta--\n\t}\n\treturn a + b\n}"},
		{"place gone", "func f(a, b int) int {\n\treturn a + b\n}", ""},
		{"place twice", "func f(a, b int) int {\n\tg(func() int { if a < b { a++ }; return a }, func() int { if a < b { a++ }; return b })\n}", ""},
	}
	for _, tt := range tests {
		got, ok := transplant(tt.onto, h)
		if ok != (tt.want != "") || ok && normal(got) != normal(tt.want) {
			t.Errorf("%s: got %v %q, want %q", tt.name, ok, got, tt.want)
		}
	}
	if _, ok := diffHunk(base, base+"\n"); ok {
		t.Error("found a difference in layout")
	}
}

func FuzzTransplant(f *testing.F) {
	f.Add("a + b", "a - b", "x(a + b)")
	f.Add("", ";", "\"")
	f.Fuzz(func(t *testing.T, from, to, onto string) {
		h, ok := diffHunk(from, to)
		if !ok {
			if normal(from) != normal(to) {
				t.Errorf("no hunk between %q and %q", from, to)
			}
			return
		}
		transplant(onto, h)
		if got, ok := transplant(from, h); ok && len(got) > len(from)+4*len(to)+16 {
			t.Errorf("%q grew to %q", from, got)
		}
	})
}
