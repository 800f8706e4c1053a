package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSuggest(t *testing.T) {
	prog, _ := params(t, `
-- s/s.go --
package s

type Lexer struct{ src string }

// Next returns the next word.
func (l *Lexer) Next() string { return "" }

func Parse(s string) int { return helper(s) }

func helper(s string) int { return len(s) }

//trace:bundle trainable
func Done(s string) int { return 0 }

// Max is the greater one.
//
//go:noinline
func Max[T int | string](a, b T) T { return a }
-- s/s_test.go --
package s

import "testing"

func check(t *testing.T, s string) {
	if Parse(s) != 1 {
		t.Error(s)
	}
	if s == "" {
		check(t, "x")
	}
}

func TestNext(t *testing.T) {
	l := &Lexer{}
	if l.Next() != "x" || Done("") == 1 {
		t.Fatal()
	}
	check(t, "b")
}

func TestParse(t *testing.T) {
	t.Run("sub", func(t *testing.T) { check(t, "a") })
}

func TestGreen(t *testing.T) { helper("") }
-- s/x_test.go --
package s_test

import (
	"testing"

	"example.com/m/s"
)

func TestOutside(t *testing.T) {
	if s.Max(1, 2) != 2 {
		t.Error()
	}
	table := []func(string) int{s.Parse}
	_ = table
}
`)
	got := Suggest(prog, []string{"TestParse/sub", "TestNext", "TestOutside/a", "TestOutside/b", "TestMissing"})
	const line = "//trace:bundle trainable"
	want := []Suggestion{
		{Func: "Parse", File: "s/s.go", Line: 8, Insert: line, Tests: []string{"TestNext", "TestOutside", "TestParse"}},
		{Func: "Lexer.Next", File: "s/s.go", Line: 6, Insert: "//\n" + line, Tests: []string{"TestNext"}},
		{Func: "Max", File: "s/s.go", Line: 18, Insert: line, Tests: []string{"TestOutside"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s, want := got[0].String(), `s/s.go:8: insert "//trace:bundle trainable"`; s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if got := Suggest(prog, nil); len(got) != 0 {
		t.Errorf("no test gives %v", got)
	}
}
