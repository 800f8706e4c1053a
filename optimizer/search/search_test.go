package search

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/optimizer"
	trace "github.com/opto-go/trace/runtime"
)

// sources are declarations of many kinds, for properties that hold for all.
var sources = []string{
	"import \"strings\"\n\n// cut is documented.\n//\n//trace:bundle trainable\nfunc cut(s string, n int) string {\n\ts = strings.TrimSpace(s) // inner\n\tif len(s) > n {\n\t\treturn s[:n]\n\t}\n\treturn s\n}\n",
	"type stack[T any] struct{ items []T; limit int }\n\n//trace:bundle trainable\nfunc (s *stack[T]) push(x T) bool {\n\tif len(s.items) >= s.limit {\n\t\treturn false\n\t}\n\ts.items = append(s.items, x)\n\treturn true\n}\n",
	"type point struct{ x, y int }\n\n//trace:bundle trainable\nfunc (p point) add(q point) point {\n\treturn point{x: p.x + q.x, y: p.y - q.x}\n}\n",
	"//trace:bundle trainable\nfunc biggest[T int | float64](xs ...T) (best T, ok bool) {\n\tfor i, x := range xs {\n\t\tif i == 0 || x < best {\n\t\t\tbest, ok = x, true\n\t\t}\n\t}\n\treturn\n}\n",
	"import (\n\t\"errors\"\n\t\"strconv\"\n)\n\n//trace:bundle trainable\nfunc parse(s string) (int, error) {\n\tn, err := strconv.Atoi(s)\n\tif err != nil || n < 0 {\n\t\treturn 0, errors.New(\"bad\")\n\t}\n\treturn n, nil\n}\n",
	"//trace:bundle trainable\nfunc walk(m map[string][]int, f func(int) bool) (n int) {\nouter:\n\tfor k, v := range m {\n\t\tswitch {\n\t\tcase k == \"\":\n\t\t\tcontinue\n\t\tcase len(v) == 0:\n\t\t\tbreak outer\n\t\t}\n\t\tfor _, x := range v {\n\t\t\tif f(x) {\n\t\t\t\tn++\n\t\t\t}\n\t\t}\n\t}\n\treturn n\n}\n",
	"//trace:bundle trainable\nfunc blankOne(a, b float64, name string) float64 { return 0 }\n",
	"import \"time\"\n\n//trace:node trainable min=1ms max=1m\nvar wait = 250 * time.Millisecond\n",
	"//trace:node trainable min=-1 max=1\nvar rate float32 = 0.25\n",
	"//trace:node trainable\nvar table = map[string][]string{\"a\": {\"x\", \"y\"}, \"b\": nil}\n",
	"//trace:node trainable choices=\"1,2,4\"\nconst workers = 2\n",
}

// TestProposals checks what every proposal promises.
func TestProposals(t *testing.T) {
	var all [][]optimizer.Param
	for _, src := range sources {
		all = append(all, load(t, "example.com/p", map[string]string{"p.go": "package p\n\n" + src}))
	}
	rapid.Check(t, func(rt *rapid.T) {
		params := all[rapid.IntRange(0, len(all)-1).Draw(rt, "source")]
		feedback := rapid.SampledFrom([]string{"", `got "a b", want "ab"`, "f(3) = 4, want 7", "expected true, got false", rapid.String().Draw(rt, "text")}).Draw(rt, "feedback")
		p := &optimizer.Problem{
			Params: params,
			Seed:   rapid.Int64().Draw(rt, "seed"),
			Cases:  []optimizer.Case{{Name: "a", Result: "fail", Feedback: []string{feedback}}, {Name: "b", Result: "pass", Score: 1}},
		}
		seen := map[string]bool{}
		for _, pa := range params {
			seen[normal(pa.Source)] = true
		}
		for round := 0; round < 3; round++ {
			n := rapid.IntRange(1, 12).Draw(rt, "n")
			props, err := New().Propose(context.Background(), p, n)
			if err != nil {
				rt.Fatal(err)
			}
			again, err := New().Propose(context.Background(), p, n)
			if err != nil {
				rt.Fatal(err)
			}
			if d := cmp.Diff(props, again); d != "" {
				rt.Fatalf("not deterministic: %s", d)
			}
			if len(props) > n {
				rt.Fatalf("%d proposals, want at most %d", len(props), n)
			}
			for _, prop := range props {
				if prop.Reasoning == "" || strings.Contains(prop.Reasoning, "\n") {
					rt.Fatalf("reasoning %q", prop.Reasoning)
				}
				checkProposal(rt, params, prop, seen)
				scores := map[string]float64{"a": float64(rapid.IntRange(0, 1).Draw(rt, "a")), "b": float64(rapid.IntRange(0, 1).Draw(rt, "b"))}
				p.History = append(p.History, optimizer.Attempt{Step: round + 1, Proposal: prop, Total: 2, Failed: 1, Cases: scores})
			}
		}
	})
}

func checkProposal(rt *rapid.T, params []optimizer.Param, prop optimizer.Proposal, seen map[string]bool) {
	rt.Helper()
	for i := range params {
		pa := &params[i]
		text, ok := prop.Assign[pa.ID]
		if !ok {
			continue
		}
		if n := normal(text); seen[n] {
			rt.Fatalf("proposed twice:\n%s", text)
		} else {
			seen[n] = true
		}
		e, err := newEnv(pa)
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := e.check(text); err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		formatted, err := gofmt(pa.Kind, text)
		if err != nil || formatted != text {
			rt.Fatalf("not gofmt-clean (%v):\n%s", err, text)
		}
		if pa.Kind == optimizer.FuncBody && strings.Contains(pa.Source, "is documented") != strings.Contains(text, "is documented") {
			rt.Fatalf("the doc comment is gone:\n%s", text)
		}
	}
}

func TestKeepsLayoutAndComments(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n" + sources[0]})
	props, err := New().Propose(context.Background(), &optimizer.Problem{Params: params}, 1)
	if err != nil || len(props) != 1 {
		t.Fatal(props, err)
	}
	want := strings.Replace(params[0].Source, "> n", ">= n", 1)
	if d := cmp.Diff(want, props[0].Assign[params[0].ID]); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff("changed > to >= in len(s) > n at line 10", props[0].Reasoning); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestReadable leaves out edits that a shorter one says better.
func TestReadable(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:bundle trainable\nfunc f(i int) int { return (i + 1) * 2 / 3 }\n"})
	props, err := New().Propose(context.Background(), &optimizer.Problem{Params: params}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, prop := range props {
		for _, bad := range []string{"i + 0", "i - 0", "(i * 1)", "(i / 1)", ") * 1 ", "/ 1\n"} {
			if text := prop.Assign[params[0].ID]; strings.Contains(text, bad) {
				t.Errorf("%s:\n%s", prop.Reasoning, text)
			}
		}
	}
}

func TestImportsStayUsed(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n" + sources[0]})
	p := &optimizer.Problem{Params: params}
	props, err := New().Propose(context.Background(), p, 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, prop := range props {
		if text := prop.Assign[params[0].ID]; !strings.Contains(text, "strings.") {
			t.Errorf("%s leaves the import of strings unused:\n%s", prop.Reasoning, text)
		}
	}
}

func TestCheckIsObeyed(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:node trainable\nvar v = 3\n"})
	asked := 0
	p := &optimizer.Problem{Params: params, Check: func(_ context.Context, prop optimizer.Proposal) error {
		asked++
		if len(prop.Assign[params[0].ID])%2 == 1 {
			return errors.New("an odd number of digits")
		}
		return nil
	}}
	props, err := New().Propose(context.Background(), p, 5)
	if err != nil || len(props) == 0 {
		t.Fatal(props, err)
	}
	if asked <= len(props) {
		t.Errorf("asked %d times for %d proposals", asked, len(props))
	}
	for _, prop := range props {
		if len(prop.Assign[params[0].ID])%2 == 1 {
			t.Errorf("proposed %v, which the check refuses", prop.Assign)
		}
	}
	p.Check = func(context.Context, optimizer.Proposal) error { return errors.New("no") }
	if props, err := New().Propose(context.Background(), p, 5); err != nil || len(props) != 0 {
		t.Errorf("got %v, %v, want nothing and no error", props, err)
	}
}

func TestContext(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n" + sources[0]})
	ctx, cancel := context.WithCancel(context.Background())
	p := &optimizer.Problem{Params: params, Check: func(context.Context, optimizer.Proposal) error {
		cancel()
		return ctx.Err()
	}}
	if _, err := New().Propose(ctx, p, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestExhausted(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:node trainable choices=\"a,b,c\"\nvar v = \"a\"\n"})
	p := &optimizer.Problem{Params: params}
	props, err := New().Propose(context.Background(), p, 10)
	if err != nil || len(props) != 2 {
		t.Fatalf("got %v, %v, want the two other choices", props, err)
	}
	for _, prop := range props {
		p.History = append(p.History, optimizer.Attempt{Proposal: prop})
	}
	if props, err := New().Propose(context.Background(), p, 10); err != nil || len(props) != 0 {
		t.Errorf("got %v, %v, want nothing left", props, err)
	}
}

func TestOddParameters(t *testing.T) {
	p := &optimizer.Problem{Params: []optimizer.Param{
		{ID: "p.noSyntax", Kind: optimizer.FuncBody, Source: "func noSyntax() {}"},
		{ID: "p.broken", Kind: optimizer.Value, Type: "int", Source: "1 +"},
		{ID: "p.unknown", Kind: optimizer.Value, Type: "other.Type", Source: "other.New()"},
		{ID: "p.plain", Name: "plain", Kind: optimizer.Value, Type: "int", Source: "7"},
	}}
	props, err := New().Propose(context.Background(), p, 3)
	if err != nil || len(props) != 3 {
		t.Fatalf("got %v, %v", props, err)
	}
	for _, prop := range props {
		for id := range prop.Assign {
			if id != "p.plain" {
				t.Errorf("proposed a change of %s", id)
			}
		}
	}
	if props, err := New().Propose(context.Background(), &optimizer.Problem{}, 3); err != nil || len(props) != 0 {
		t.Errorf("no parameters: got %v, %v", props, err)
	}
}

// TestReach prefers the parameter that the feedback came through, and the
// line that the failing case ran.
func TestReach(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:node trainable\nvar a = 3\n\n//trace:node trainable\nvar b = 3\n"})
	g := &trace.Graph{Nodes: []*trace.GraphNode{{Statement: &trace.Statement{Kind: "param", ID: "example.com/p.b"}}}}
	p := &optimizer.Problem{Params: params, Cases: []optimizer.Case{{Name: "x", Result: "fail", Graph: g}}}
	props, err := New().Propose(context.Background(), p, 1)
	if err != nil || len(props) != 1 {
		t.Fatal(props, err)
	}
	if props[0].Assign["example.com/p.b"] == "" {
		t.Errorf("proposed %v, want a change of b, which the graph reaches", props[0].Assign)
	}
}

// TestRecombine repeats a repair that was found before another one was
// accepted, and joins two that mend different cases.
func TestRecombine(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:bundle trainable\nfunc f(a, b int) int {\n\tif a < b {\n\t\treturn a - b\n\t}\n\treturn a + 2\n}\n"})
	id := params[0].ID
	src := params[0].Source
	first := strings.Replace(src, "a < b", "a <= b", 1)
	second := strings.Replace(src, "a + 2", "a + 3", 1)
	both := normal(strings.Replace(first, "a + 2", "a + 3", 1))
	attempt := func(text string, accepted bool, x, y float64) optimizer.Attempt {
		return optimizer.Attempt{Step: 1, Proposal: optimizer.Proposal{Assign: map[string]string{id: text}, Reasoning: map[string]string{first: "changed < to <= in a < b at line 5", second: "changed 2 to 3 at line 8"}[text]}, Accepted: accepted, Cases: map[string]float64{"x": x, "y": y}}
	}
	fail := []optimizer.Case{{Name: "x", Result: "fail"}, {Name: "y", Result: "fail"}}
	baseline := optimizer.Attempt{Cases: map[string]float64{"x": 0, "y": 0}}

	joined := &optimizer.Problem{Params: params, Cases: fail, History: []optimizer.Attempt{baseline, attempt(first, false, 1, 0), attempt(second, false, 0, 1)}}
	moved := params[0]
	moved.Source = first
	repeated := &optimizer.Problem{Params: []optimizer.Param{moved}, Cases: []optimizer.Case{{Name: "x", Result: "pass", Score: 1}, {Name: "y", Result: "fail"}},
		History: []optimizer.Attempt{baseline, attempt(second, false, 0, 1), attempt(first, true, 1, 0)}}
	for name, p := range map[string]*optimizer.Problem{"joined": joined, "repeated": repeated} {
		props, err := New().Propose(context.Background(), p, 1)
		if err != nil || len(props) != 1 {
			t.Fatal(name, props, err)
		}
		if got := normal(props[0].Assign[id]); got != both {
			t.Errorf("%s: got %s (%s), want both changes", name, got, props[0].Reasoning)
		}
	}
}

// TestPairs reaches two changes neither of which does anything alone.
func TestPairs(t *testing.T) {
	params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\n//trace:node trainable choices=\"a,b\"\nvar one = \"a\"\n\n//trace:node trainable choices=\"x,y,z\"\nvar two = \"x\"\n"})
	p := &optimizer.Problem{Params: params}
	found := map[string]bool{}
	for range 3 {
		props, err := New().Propose(context.Background(), p, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, prop := range props {
			found[fmt.Sprint(prop.Assign["example.com/p.one"], prop.Assign["example.com/p.two"])] = true
			p.History = append(p.History, optimizer.Attempt{Proposal: prop})
		}
	}
	want := map[string]bool{`"b"`: true, `"y"`: true, `"z"`: true, `"b""y"`: true, `"b""z"`: true}
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
