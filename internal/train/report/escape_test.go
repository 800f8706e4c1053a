package report

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/internal/train/journal"
)

// skeleton is what a reader of a rendered report takes for ours: every node and
// all text but what stands in code.
func skeleton(markdown string) []string {
	src := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src))
	var out []string
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			out = append(out, "/"+n.Kind().String())
			return ast.WalkContinue, nil
		}
		line := n.Kind().String()
		switch n := n.(type) {
		case *ast.CodeSpan:
			out = append(out, line)
			return ast.WalkSkipChildren, nil
		case *ast.FencedCodeBlock:
			out = append(out, line+" "+string(n.Language(src)))
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			line += " " + string(n.Segment.Value(src))
		case *ast.HTMLBlock:
			line += " " + string(n.Lines().Value(src))
		case *ast.RawHTML:
			line += " " + string(n.Segments.Value(src))
		}
		out = append(out, line)
		return ast.WalkContinue, nil
	})
	return out
}

// sample is a report in which every text of others is what f gives.
func sample(f func() string) *Report {
	n := 0
	given := f
	f = func() string { n++; return fmt.Sprint("x", n, " ") + given() } // names differ
	score := 0.5
	low, high := 0.4, 0.6
	texts := func(n int) []string {
		var list []string
		for range n {
			list = append(list, f())
		}
		return list
	}
	r := &Report{
		Version: 1, Run: f(), Status: Improved, Reason: f(), Resumed: 2, Module: f(), Packages: texts(2), Params: texts(3),
		Objective: Objective{Kind: "benchmarks", Run: f(), Bench: f(), Unit: f(), Better: f(), Metrics: []journal.Metric{{Unit: f(), Better: f()}}},
		Before:    &Standing{1, 3, 0.5}, After: &Standing{0, 3, 1}, Verified: &Standing{0, 3, 1},
		Benchmarks: &Benchmarks{Unit: f(), Better: f(), Beside: "original", Rounds: 8, Outcome: f(), Ratio: &journal.Estimate{Value: 0.5, Low: &low, High: &high}},
		Scores: &Scores{
			Vary: []Varying{{f(), 3, 0, 1}}, Beside: "original", Before: 1, After: 2, Rounds: 8, Mends: true, Outcome: f(),
			Difference: &journal.Estimate{Value: 1, Low: &low, High: &high},
		},
		Tried:    Tried{9, 5, 1},
		HeldOut:  &HeldOut{&Standing{2, 4, 0.5}, &Standing{1, 4, 0.75}, f()},
		Single:   &Single{4, 3, true, &Standing{1, 3, 0.6}, &journal.Estimate{Value: 0.7}},
		Warnings: texts(12),
		Setup:    Setup{f(), f(), f(), f(), 1, f(), f(), f(), texts(2), map[string][]string{f(): texts(2)}, 1000, f()},
		Spent:    Spent{Calls: 3, Tokens: 1000, cost: "$0.02", Program: 1},
		Replay:   texts(2),
		Diff:     f(),
	}
	for range 2 {
		r.Benchmarks.List = append(r.Benchmarks.List, Benchmark{Name: f(), Unit: f(), Better: f(), Before: 2, After: 1, BeforeSpread: 0.1})
		r.Changes = append(r.Changes, Change{1, texts(2), f(), &journal.Estimate{Value: 0.5, Low: &low, High: &high}})
		r.Rejected = append(r.Rejected, Rejected{"another signature", 2, f()})
		r.Cases = append(r.Cases,
			Case{Name: f(), Before: &Outcome{"fail", nil}, After: &Outcome{"pass", &score}},
			Case{Name: f(), Before: &Outcome{f(), nil}, After: &Outcome{f(), &score}, New: true},
			Case{Name: f(), Before: &Outcome{"pass", nil}, After: &Outcome{"pass", nil}})
	}
	return r
}

var hostile = []string{
	"</details>", "<script>alert(1)</script>", "<!--", "-->", "```", "````\n# Verified\n", "~~~", "`", "``", "\n\n# Approved\n\n", "\n---\n",
	"| a | b |", "|", `\|`, `\\|`, `\`, "@octocat", "fixes #12", "GH-3", "https://example.com", "![x](http://e.x/y.png)", "[x](y)", "[x]: http://e.x",
	"&lt;", "&#64;", "*", "**", "_", "~", "> ", "1. ", "- ", "\t", "    ", "\r", "\r\n", "\n", " ", "\x00", "\x1b[31m", "\u202e", "\u200b", "\u2028", "\ufeff", "\xff",
	"Signed-off-by: A <a@b.c>", "diff --git a/x b/x", "word", "ü", "$x$", "$$", ":smile:", "<b>", "<", ">",
}

func drawText(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()), 1, 8).Draw(t, "text")
	return strings.Join(parts, "")
}

// Nothing that others wrote changes what a report looks like, but for what
// stands in code.
func TestNothingPosesAsTheReport(t *testing.T) {
	plain := sample(func() string { return "x" })
	var want strings.Builder
	if err := plain.WriteMarkdown(&want); err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"### Cases", "### Held-out cases", "### Scores that vary", "### Beside best-of-N", "### Warnings", "<summary>Diff</summary>"} {
		if !strings.Contains(want.String(), must) {
			t.Fatalf("the sample has no %s:\n%s", must, want.String())
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := sample(func() string { return drawText(t) })
		var got strings.Builder
		if err := r.WriteMarkdown(&got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(skeleton(want.String()), skeleton(got.String())); d != "" {
			t.Fatalf("another structure (-want +got):\n%s\n%s", d, got.String())
		}
		for _, c := range got.String() {
			if c != '\n' && c != '\t' && !unicode.IsPrint(c) {
				t.Fatalf("%q is in the report", c)
			}
		}
		if n := got.Len(); n > 65_536 {
			t.Fatalf("%d bytes are more than a pull request takes", n)
		}
	})
}

// In the message of a commit there is nothing that a site acts on, and no line
// of others begins where ours do.
func TestCommitMessageIsInert(t *testing.T) {
	acted := regexp.MustCompile(`(?i)@[a-z0-9]|#[0-9]|\bgh-[0-9]|://`)
	want := sample(func() string { return "x" }).CommitMessage()
	if acted.MatchString(want) {
		t.Fatalf("the report itself holds %q", acted.FindString(want))
	}
	rapid.Check(t, func(t *rapid.T) {
		r := sample(func() string { return drawText(t) })
		got := r.CommitMessage()
		if m := acted.FindString(got); m != "" {
			t.Fatalf("%q is in the message:\n%s", m, got)
		}
		subject, rest, _ := strings.Cut(got, "\n")
		if len([]rune(subject)) > maxSubject || !strings.HasPrefix(subject, "tracetrain: ") || !strings.HasPrefix(rest, "\n") {
			t.Fatalf("subject %q", subject)
		}
		for line := range strings.SplitSeq(got, "\n") {
			for _, bad := range []string{"Signed-off-by", "diff --git", "---", "# "} {
				if strings.HasPrefix(line, bad) {
					t.Fatalf("a line begins with %s:\n%s", bad, got)
				}
			}
		}
	})
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\nc": "a\tb\nc", "\x1b[0m": `\x1b[0m`, "\u202eabc": `\u202eabc`, "\xff": `\xff`, "\U000e0001": `\U000e0001`, "ü é": "ü é",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"a": "`a`", "": "(empty)", " \n": "(empty)", "`": "`` ` ``", "a``b": "```a``b```", "a\nb": "`a b`",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cell(`a|b\|c`); got != "`a\\|b\\x7cc`" {
		t.Errorf("cell: %s", got)
	}
}

func TestWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("ab \nü"))).Draw(t, "s")
		got := wrapped(s, 10)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(s), " ") {
			t.Fatalf("wrapped(%q) = %q", s, got)
		}
	})
}

// Every text in a report is one that sample makes hostile.
func TestSampleIsWhole(t *testing.T) {
	r := sample(func() string { return "text" })
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				return
			}
			walk(path, v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s is empty", path)
			}
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		case reflect.String:
			ours := map[string]bool{".Status": true, ".Summary": true, ".Objective.Kind": true, ".Benchmarks.Beside": true, ".Scores.Beside": true, ".Rejected.Reason": true}
			if !ours[path] && !strings.Contains(v.String(), " text") && !strings.HasSuffix(path, ".Result") {
				t.Errorf("%s is %q", path, v.String())
			}
		}
	}
	walk("", reflect.ValueOf(r))
}

func TestWrappedBrokenText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wrapped(string(rapid.SliceOf(rapid.Byte()).Draw(t, "s")), 10)
	})
}
