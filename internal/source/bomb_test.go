package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// bombs are bodies that are small and keep a parser, go/types or the compiler busy,
// or would if nothing stood before them.
func bombs() map[string]string {
	rep := strings.Repeat
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+"\n", i, i+1)
		}
		return b.String()
	}
	m := map[string]string{
		"shift tower":             "const a = 1 << 500\n" + lines(40, "const c%[1]d = a << 400; _ = c%[1]d != 0"),
		"products of constants":   "const c0 = 1 << 500\n" + lines(20, "const c%[2]d = c%[1]d * c%[1]d"),
		"powers of a float":       "const c0 = 1.0e100\n" + lines(40, "const c%[2]d = c%[1]d * c%[1]d"),
		"small floats":            "const c0 = 1.0e-100\n" + lines(40, "const c%[2]d = c%[1]d * c%[1]d"),
		"rational growth":         "const c0 = 1.0/3\n" + lines(40, "const c%[2]d = c%[1]d * c%[1]d + 1.0/7"),
		"complex growth":          "const c0 = 1.3+1.7i\n" + lines(40, "const c%[2]d = c%[1]d * c%[1]d / (c%[1]d + 3i)"),
		"exponents":               lines(40, "const c%[1]d = 1e4000 * 1e4000"),
		"huge exponent":           "const c = 1e999999999\nreturn",
		"hex exponent":            "const c = 0x1p99999999\nreturn",
		"string doubled":          "const c0 = \"0123456789\"\n" + lines(40, "const c%[2]d = c%[1]d + c%[1]d"),
		"string chain":            "const c = " + rep(`"`+rep("x", 100)+`" + `, 400) + `""` + "\n_ = c",
		"string chain of names":   "const t = \"" + rep("x", 20000) + "\"\nconst c = " + rep("t + ", 60) + "t\n_ = c",
		"many long strings":       "const t = \"" + rep("x", 40000) + "\"\n" + lines(40, "const c%[1]d = t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t + t"),
		"converted strings":       lines(40, "const c%[1]d = string(rune(65)) + string(rune(66))"),
		"nested generics":         "x0 := 1\n" + lines(40, "x%[2]d := MakePair(x%[1]d, x%[1]d)"),
		"inferred generics":       "f := func(x any) any { return x }\n_ = f(" + rep("twice(", 60) + "1" + rep(")", 60) + ")",
		"wide inference":          "_ = " + rep("MakePair(1, ", 250) + "2" + rep(")", 250),
		"anonymous structs":       "type t0 struct{ a int }\n" + lines(40, "type t%[2]d = struct{ a, b, c t%[1]d }"),
		"named structs":           "type t0 struct{ a int }\n" + lines(40, "type t%[2]d struct{ a, b t%[1]d }") + "var x t40\n_ = x",
		"arrays of arrays":        "type t0 = [100]int\n" + lines(30, "type t%[2]d [100]t%[1]d") + "var x t30\n_ = x",
		"equal structs":           "type t0 struct{ a int }\n" + lines(20, "type t%[2]d struct{ a, b t%[1]d }") + "var x, y t20\n_ = x == y",
		"embedded interfaces":     "type i0 interface{ M() }\n" + lines(30, "type i%[2]d interface{ i%[1]d; j%[1]d }; type j%[2]d interface { i%[1]d }"),
		"method sets":             "type e0 struct{ *List[int] }\n" + lines(40, "type e%[2]d struct{ e%[1]d; *List[int] }") + "var x e40\n_ = x",
		"wide embedding":          "type e0 struct{ A int }\n" + lines(25, "type l%[1]d struct{ e%[1]d }; type r%[1]d struct { e%[1]d }; type e%[2]d struct{ l%[1]d; r%[1]d }") + "var x e25\n_ = x.A",
		"recursive types":         "type (\na struct{ b *b }\nb struct { c []c }\nc struct{ a map[string]a; f func(a, b, c) (a, b, c) }\n)\nvar x a; _ = x",
		"recursive values":        "type a struct{ b b }\ntype b struct{ a a }",
		"recursive aliases":       "type a = []b\ntype b = []a\nvar x a; _ = x",
		"recursive arrays":        "type a [len(x)]int\nvar x a",
		"recursive interfaces":    "type a interface{ m() interface{ a } }\nvar x a; _ = x",
		"nested expression":       "_ = " + rep("(", 290) + "1" + rep(")", 290),
		"nested unary":            "_ = " + rep("-", 290) + "n",
		"nested closures":         rep("func() {", 130) + rep("}()\n", 130),
		"nested func types":       "var f " + rep("func(", 280) + rep(")", 280) + "\n_ = f",
		"nested map types":        "var f " + rep("map[string]", 280) + "int\n_ = f",
		"nested blocks":           rep("{", 280) + rep("}", 280),
		"nested ifs":              rep("if n > 0 {", 140) + rep("}", 140),
		"nested loops":            rep("for range n {", 140) + rep("}", 140),
		"else chain":              rep("if n == 1 { n++ } else ", 2000) + "{}",
		"long sum":                "_ = 0 " + rep("+ n", 200),
		"boolean tower":           "_ = " + rep("(n > 1 && n < 7 || ", 140) + "true" + rep(")", 140),
		"big switch":              "switch n {\n" + lines(3000, "case %[1]d: n = %[2]d") + "}",
		"big string switch":       "switch s {\n" + lines(2500, "case \"k%[1]d\": n = %[2]d") + "}",
		"big select":              "c := make(chan int)\nselect {\n" + lines(1500, "case c <- %[1]d: n = %[2]d") + "}",
		"type switch":             "switch any(n).(type) {\n" + lines(1200, "case [%[2]d]int: n = %[1]d") + "}",
		"labels":                  "goto l0\n" + lines(1900, "l%[1]d: n++; goto l%[2]d") + "l1900:",
		"goto storm":              lines(500, "a%[1]d: if n > %[1]d { goto a%[2]d }; if n < %[1]d { goto a0 }") + "a500:",
		"many variables":          lines(2500, "v%[1]d := n + %[2]d; _ = v%[1]d"),
		"variables in closures":   lines(1200, "v%[1]d := func() int { n++; return n }; _ = v%[1]d"),
		"phis":                    "a, b, c, d := 1, 2, 3, 4\n" + lines(700, "if n > %[1]d { a, b, c, d = b, c, d, a }") + "_, _, _, _ = a, b, c, d",
		"defers":                  lines(2000, "defer func() { n += %[1]d }()"),
		"dead code":               lines(1800, "if n == %[1]d { return }; n *= %[2]d"),
		"slice literal":           "_ = []int{" + rep("1,", 9000) + "}",
		"map literal":             "_ = map[int]string{\n" + lines(2500, "%[1]d: \"v\",") + "}",
		"closure literal":         "_ = []func() int{" + rep("func() int { return n },", 900) + "}",
		"literal with high index": "_ = []int{1 << 33: 1}",
		"literal with index":      "_ = []byte{60 << 20: 1}",
		"many large literals":     lines(40, "v%[1]d := []byte{60 << 20: 1}; _ = v%[1]d"),
		"large arrays":            lines(40, "var v%[1]d = [60 << 20]byte{1}; _ = v%[1]d"),
		"array compared":          "var a, b [1 << 22]string\n_ = a == b",
		"array copied":            "var a [1 << 20]any\nb := a\nc := b\n_ = c[n]",
		"bytes of a long string":  "const t = \"" + rep("x", 50000) + "\"\n" + lines(20, "v%[1]d := []byte(t + t + t + t + t + t + t + t); _ = v%[1]d"),
	}
	return m
}

// defused are those that must be refused before the compiler sees them: nobody
// knows what they cost there.
var defused = []string{
	"products of constants", "rational growth", "complex growth", "huge exponent", "string doubled", "many long strings",
	"nested generics", "inferred generics", "wide inference", "anonymous structs", "named structs", "arrays of arrays", "equal structs",
	"recursive values", "recursive aliases", "recursive arrays", "nested closures", "nested func types", "else chain",
	"literal with high index", "many large literals", "large arrays",
}

// TestBombs throws them at a checker, in this process: what it does to time and
// memory is bounded by the caps, for a text that is as long as one may be too. With
// -v it tells the costs in ordinary checks.
func TestBombs(t *testing.T) {
	prog, list := params(t, checked)
	k := NewChecker(prog, list)
	p := param(t, list, "Clean")
	ordinary := time.Hour
	for i := range 5 {
		start := time.Now()
		if err := k.Check(context.Background(), assign(p.ID, strings.Replace(p.Source, "> 3", fmt.Sprint("> ", 10+i), 1))); err != nil {
			t.Fatal(err)
		}
		ordinary = min(ordinary, time.Since(start))
	}
	all := bombs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			src := "func Clean(s string, n int) (out string, err error) {\n" + all[name] + "\nreturn fmt.Sprint(strings.Fields(s)), nil\n}"
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err := k.Check(context.Background(), assign(p.ID, src))
			d := time.Since(start)
			runtime.ReadMemStats(&after)
			var r *Rejection
			if err != nil && !errors.As(err, &r) {
				t.Errorf("no rejection: %v", err)
			}
			if err == nil && slices.Contains(defused, name) {
				t.Error("the compiler is given this")
			}
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 64 {
				t.Errorf("the check takes %d MB", n)
			}
			t.Logf("%.1f checks, %d bytes: %.100s", float64(d)/float64(ordinary), len(src), fmt.Sprint(err))
		})
	}
}
