package source

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

const embeddedModule = `
-- p.go --
package p

import _ "embed"

type Prompt string

//trace:node trainable check=short
//go:embed d/a.txt
var A Prompt

func short(p Prompt) error { return nil }

//trace:node trainable
//go:embed b.txt
var B []byte
-- d/a.txt --
one
two
-- b.txt --
plain`

func TestEmbedded(t *testing.T) {
	for _, c := range []struct{ name, was, src, want string }{
		{"literal", "one\ntwo\n", "`three\n`", "three\n"},
		{"quoted", "one\n", `"a" + "b\n"`, "ab\n"},
		{"the end of the last line stays", "one\n", `"three"`, "three\n"},
		{"no end of the last line", "one", `"three"`, "three"},
		{"CRLF", "one\r\ntwo\r\n", "`a\nb\n`", "a\r\nb\r\n"},
		{"BOM", "\ufeffone\n", "`a\n`", "\ufeffa\n"},
		{"empty", "one\n", `""`, ""},
		{"backquotes and Go", "one\n", "\"`func F() { x :=  1 }`\"", "`func F() { x :=  1 }`\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := module(t, embeddedModule)
			file := filepath.Join(dir, "d", "a.txt")
			if err := os.WriteFile(file, []byte(c.was), 0o666); err != nil {
				t.Fatal(err)
			}
			prog := load(t, dir, nil)
			list, err := Params(prog)
			if err != nil {
				t.Fatal(err)
			}
			p := param(t, list, "A")
			if p.Param.File != "d/a.txt" || p.Kind != optimizer.Value || p.Type != "string" {
				t.Errorf("%+v", p.Param)
			}
			if files, err := Apply(list, map[string]string{p.ID: p.Source}); err != nil || len(files) > 0 {
				t.Errorf("its own source changes %d files, %v", len(files), err)
			}
			files, err := Apply(list, map[string]string{p.ID: c.src})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(files[file]); len(files) != 1 || got != c.want {
				t.Errorf("%d files, %q, want %q", len(files), got, c.want)
			}
			k := NewChecker(prog, list)
			if err := k.Check(context.Background(), assign(p.ID, c.src)); err != nil {
				t.Error(err)
			}
			run := k.NeedsRun(assign(p.ID, c.src))
			if len(run) != 1 || run[0].File != filepath.Join(dir, "p.go") || !strings.HasPrefix(run[0].Expr, "Prompt(\"") || len(run[0].Content) == 0 {
				t.Errorf("%+v", run)
			}
			// The next step sees the text that was accepted.
			again, err := Params(load(t, dir, map[string][]byte{file: []byte(c.want)}))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Apply(again, map[string]string{p.ID: c.src}); err != nil || len(got) > 0 {
				t.Errorf("what was accepted changes %d files again, %v", len(got), err)
			}
		})
	}
}

// What a file holds is part of the program that a candidate is known by.
func TestEmbeddedCode(t *testing.T) {
	dir := module(t, embeddedModule)
	prog := load(t, dir, nil)
	list, err := Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	k := NewChecker(prog, list)
	sum := func(src string) string {
		t.Helper()
		assign := map[string]string{}
		if src != "" {
			assign[param(t, list, "A").ID] = src
		}
		c, err := k.Code(t.Context(), optimizer.Proposal{Assign: assign})
		if err != nil {
			t.Fatal(err)
		}
		return c.Sum
	}
	if sum(`"one"`) == sum("") || sum(`"one"`) == sum(`"two"`) {
		t.Error("another text gives the same program")
	}
	if sum(`"one\ntwo"`) != sum("") || sum(`"a"+"b"`) != sum(`"ab"`) {
		t.Error("the same text gives another program")
	}
}

func TestEmbeddedRejects(t *testing.T) {
	prog, list := params(t, embeddedModule)
	for src, want := range map[string]string{
		"f()":     "is its text",
		"1":       "is its text",
		`"a\x00"`: "is not text in UTF-8",
		`"\xff"`:  "is not text in UTF-8",
		"\"" + strings.Repeat("a", 70_000) + "\"": "bytes",
	} {
		err := NewChecker(prog, list).Check(context.Background(), assign(param(t, list, "B").ID, src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v, want %s", src, err, want)
		}
	}
}

func TestEmbeddedRefuses(t *testing.T) {
	for name, make := range map[string]func(file string) error{
		"is not text in UTF-8": func(f string) error { return os.WriteFile(f, []byte{0xff, 0xfe}, 0o666) },
		"at most 65536 can be": func(f string) error { return os.WriteFile(f, []byte(strings.Repeat("x", 70_000)), 0o666) },
	} {
		dir := module(t, embeddedModule)
		if err := make(filepath.Join(dir, "b.txt")); err != nil {
			t.Fatal(err)
		}
		if _, err := Params(load(t, dir, nil)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

// The forms of a value, each replaced where it stands.
func TestForms(t *testing.T) {
	prog, list := params(t, `
-- p.go --
package p

type T struct {
	//trace:node trainable
	N int
	m string
}

var t = T{N: 3, m: "x"}

const (
	zero = iota
	one
	//trace:node trainable
	two = 20
	three = iota // stays 3
	four
)

//trace:node trainable
var v float64 = 1.5

func f() int {
	//trace:node trainable
	local := []int{1}
	return local[0] + t.N + two + three
}
`)
	a := map[string]string{"example.com/m.T.N": "4", "example.com/m.two": "21", "example.com/m.v": "2", "example.com/m.f.local": "[]int{2, 3}"}
	if err := NewChecker(prog, list).Check(context.Background(), optimizer.Proposal{Assign: a}); err != nil {
		t.Error(err)
	}
	files, err := Apply(list, a)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("N: 3", "N: 4", "two = 20", "two = 21", "= 1.5", "= 2", "[]int{1}", "[]int{2, 3}").Replace(string(list[0].text.data))
	if got := string(files[list[0].File]); got != want {
		t.Errorf("got\n%s", got)
	}
}
