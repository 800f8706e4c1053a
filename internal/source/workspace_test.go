package source

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/optimizer"
)

// workspace is two modules of which one uses the other, with parameters of all
// kinds in both.
const workspace = `
-- go.work --
go 1.26

use (
	./app
	./lib
)
-- app/go.mod --
module example.com/app

go 1.26
-- app/app.go --
package app

import "example.com/lib"

//trace:node trainable min=0 max=99
var offset = 0 // kept

// Place is where n goes.
//
//trace:bundle trainable
func Place(n int) int { return lib.Clamp(n) + offset }

//trace:node trainable
var name string = "app" // kept,  too
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/lib.go --
// Package lib is used by others.
package lib

import _ "embed"

//trace:node trainable min=0 max=99
var limit = 3

//trace:node trainable
//go:embed text.txt
var text string

// Clamp limits n.
//
//trace:bundle trainable
func Clamp(n int) int {
	if n > limit {
		return limit
	}
	return n
}
-- lib/text.txt --
what to say
`

// A change of parameters in several modules changes their bytes and no others;
// and if one file cannot be written, none is.
func TestWorkspace(t *testing.T) {
	root := module(t, workspace)
	if err := os.Remove(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	prog, err := gen.Load(context.Background(), gen.Config{
		Dir: root, Patterns: []string{"./app", "./lib"}, Env: append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK="),
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 6 {
		t.Fatalf("%d parameters", len(list))
	}
	// From the end of each file: ranges before the last change keep their place.
	slices.SortFunc(list, func(a, b *Param) int { return b.Start - a.Start })
	check := NewChecker(prog, list)
	originals, sums := map[string][]byte{}, map[string][32]byte{}
	for _, p := range list {
		data, err := os.ReadFile(p.File)
		if err != nil {
			t.Fatal(err)
		}
		originals[p.File], sums[p.File] = data, p.Sum
	}
	modules := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		assign, want := map[string]string{}, map[string][]byte{}
		for _, p := range list {
			if !rapid.Bool().Draw(rt, p.Name) {
				continue
			}
			n := rapid.IntRange(4, 99).Draw(rt, "n")
			text := fmt.Sprint(n)
			switch {
			case p.Kind == optimizer.FuncBody:
				text = fmt.Sprintf("{ return n + %d }", n)
				if p.Name == "Place" {
					text = fmt.Sprintf("{ return %d * lib.Clamp(n) }", n) // the import is needed as before
				}
				assign[p.ID] = fmt.Sprintf("func %s(n int) int %s", p.Name, text)
			case p.Type == "string":
				text = fmt.Sprintf("%q", fmt.Sprint("v", n))
				assign[p.ID] = text
			default:
				assign[p.ID] = text
			}
			if p.embed {
				text = fmt.Sprintf("v%d\n", n) // the file ends as before
			}
			old := want[p.File]
			if old == nil {
				old = originals[p.File]
			}
			if p.embed {
				want[p.File] = []byte(text)
				continue
			}
			want[p.File] = slices.Concat(old[:p.Start], []byte(text), old[p.End:])
		}
		if err := check.Check(context.Background(), optimizer.Proposal{Assign: assign}); err != nil {
			rt.Fatal(err)
		}
		files, err := Apply(list, assign)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(byName(want), byName(files)); diff != "" {
			rt.Fatalf("-want +got:\n%s", diff)
		}
		roots := map[string]bool{}
		for name := range files {
			roots[filepath.Dir(name)] = true
		}
		modules[fmt.Sprint(len(roots))]++

		fsys := osFS
		if kind := rapid.SampledFrom([]string{"", "create", "sync", "link", "rename"}).Draw(rt, "fault"); kind != "" {
			fsys = failing(kind, rapid.IntRange(1, 8).Draw(rt, "nth"), false)
		}
		err = write(files, sums, fsys)
		expect := maps.Clone(originals)
		if err == nil {
			maps.Copy(expect, files)
		}
		for name, data := range expect {
			if got, _ := os.ReadFile(name); !bytes.Equal(got, data) {
				rt.Errorf("%s (%v):\n%s", name, err, got)
			}
			if err := os.WriteFile(name, originals[name], 0o666); err != nil {
				rt.Fatal(err)
			}
		}
		for _, dir := range []string{root, filepath.Join(root, "app"), filepath.Join(root, "lib")} {
			if left, _ := filepath.Glob(filepath.Join(dir, ".*trace*")); len(left) > 0 {
				rt.Errorf("left behind: %q", left)
			}
		}
	})
	if modules["2"] == 0 {
		t.Errorf("no change was one of both modules: %v", modules)
	}
}

func byName(m map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, data := range m {
		out[name] = string(data)
	}
	return out
}
