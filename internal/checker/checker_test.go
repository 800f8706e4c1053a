package checker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// What a child says of a proposal is what this process would.
func TestSame(t *testing.T) {
	c := open(t, nil)
	id := map[string]string{}
	for _, p := range c.params {
		id[p.Name] = p.ID
	}
	prog, err := gen.Load(t.Context(), gen.Config{Dir: c.dir, Env: environ(), Tests: true})
	if err != nil {
		t.Fatal(err)
	}
	params, err := source.Params(prog)
	if err != nil {
		t.Fatal(err)
	}
	k := source.NewChecker(prog, params)
	body := func(s string) map[string]string {
		return map[string]string{id["Clean"]: "func Clean(s string) string {\n" + s + "\n}"}
	}
	candidates := 0
	for name, assign := range map[string]map[string]string{
		"nothing":              {},
		"a body":               body(`return strings.ToUpper(strings.TrimSpace(s))`),
		"a new import":         body(`return strings.TrimSpace(strings.Map(unicode.ToUpper, s))`),
		"an import less":       body(`return s`),
		"not loaded anywhere":  body(`return base64.StdEncoding.EncodeToString([]byte(s))`),
		"a value":              {id["size"]: "7"},
		"a value out of range": {id["size"]: "70"},
		"a text":               {id["prompt"]: `"Be wordy."`},
		"two":                  {id["size"]: "3", id["prompt"]: "`Be clear.`"},
		"a syntax error":       body(`return (s`),
		"a type error":         body(`return 1`),
		"another signature":    {id["Clean"]: "func Clean(s []byte) string { return string(s) }"},
		"a forbidden symbol":   body(`os.Remove(s); return s`),
		"a bomb":               body("const a = `" + strings.Repeat("x", 60000) + "`\nconst b = " + strings.Repeat("a + ", 20) + "a\nreturn b"),
		"no such parameter":    {"example.com/m.Nothing": "1"},
		"an empty text":        {id["Clean"]: " "},
	} {
		prop := optimizer.Proposal{Assign: assign}
		want, werr := Judge(t.Context(), params, k, prop)
		got, gerr := c.Check(t.Context(), c.base, prop)
		if fmt.Sprint(werr) != fmt.Sprint(gerr) {
			t.Errorf("%s: error %v, want %v", name, gerr, werr)
		}
		var r *source.Rejection
		if errors.As(werr, &r) != errors.As(gerr, &r) {
			t.Errorf("%s: %T, want %T", name, gerr, werr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-here +there):\n%s", name, diff)
		}
		if werr == nil {
			candidates++
		}
	}
	if candidates != 8 {
		t.Errorf("%d are candidates", candidates)
	}
}

// An answer is read as it would be here.
func TestSameAnswers(t *testing.T) {
	c := open(t, nil)
	var offered []optimizer.Param
	for _, p := range c.params {
		if p.Name != "size" {
			offered = append(offered, p.Param)
		}
	}
	for name, text := range map[string]string{
		"good":           answering(""),
		"empty":          "",
		"nothing":        "I do not know.",
		"cut off":        "```go Clean\nfunc",
		"invalid":        "```go Clean\nfunc Clean(s string string {\n```\n",
		"not offered":    "```value size\n3\n```\n",
		"another name":   "```go Nothing\nfunc Nothing() {}\n```\n",
		"the same again": "```go Clean\n" + testModule["m.go"][strings.Index(testModule["m.go"], "func Clean"):strings.Index(testModule["m.go"], "//trace:node")] + "```\n",
		"a text":         "```value prompt\nBe wordy.\n```\n",
	} {
		want, werr := optimizer.ParseAnswer(text, offered)
		got, gerr := c.Read(t.Context(), c.base, text, offered)
		if diff := cmp.Diff(werr, gerr); diff != "" {
			t.Errorf("%s: error (-here +there):\n%s", name, diff)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-here +there):\n%s", name, diff)
		}
	}
}

// A program that was made of the loaded one is checked as such.
func TestPrograms(t *testing.T) {
	c := open(t, nil)
	name := filepath.Join(c.dir, "m.go")
	for i, change := range []string{`strings.ToUpper(s)`, `strings.ToLower(s)`, `s`, `strings.ToUpper(s)`} {
		content := strings.Replace(testModule["m.go"], `strings.TrimSpace(s)`, change, 1)
		if change == "s" {
			content = strings.Replace(content, "\t\"strings\"\n", "", 1)
		}
		p := Program{Name: change, Files: map[string][]byte{name: []byte(content)}}
		prog, err := gen.Load(t.Context(), gen.Config{Dir: c.dir, Env: environ(), Tests: true, Overlay: p.Files})
		if err != nil {
			t.Fatal(err)
		}
		if p.Params, err = source.Params(prog); err != nil {
			t.Fatal(err)
		}
		prop := asking(p.Params, "")
		want, err := Judge(t.Context(), p.Params, source.NewChecker(prog, p.Params), prop)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Check(t.Context(), p, prop)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d (-here +there):\n%s", i, diff)
		}
	}
}

// A child that has loaded other files than the run makes room for another one; files
// that changed under the run are told.
func TestStale(t *testing.T) {
	c := open(t, nil)
	check := func(p Program) error {
		_, err := c.Check(t.Context(), p, asking(p.Params, ""))
		return err
	}
	if err := check(c.base); err != nil {
		t.Fatal(err)
	}
	first := c.child.helper.PID()
	write(t, filepath.Join(c.dir, "m.go"), testModule["m.go"]+"// more\n")
	now, _, err := loadModule(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(now); err != nil {
		t.Error(err)
	}
	if c.child.helper.PID() == first {
		t.Error("nothing was loaded again")
	}
	var unknown *optimizer.CheckError
	if err := check(c.base); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "changed while it was trained") {
		t.Errorf("error %v", err)
	}
	write(t, filepath.Join(c.dir, "m.go"), "package m\n\nfunc (\n")
	if err := check(c.base); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "cannot load the program") {
		t.Errorf("error %v", err)
	}
}

// An error that is nobody's fault is none of the proposal.
func TestNoChild(t *testing.T) {
	c := open(t, func(o *Options) {
		o.Command = nil
		o.Folder = filepath.Join(os.TempDir(), "there", "is", "no", "such", "folder")
	})
	_, err := c.Check(t.Context(), c.base, asking(c.params, ""))
	var unknown *optimizer.CheckError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "does not start") {
		t.Errorf("error %v", err)
	}
}

func TestProbe(t *testing.T) {
	if err := Probe(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Probe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// Several ask at once, some for what must be stopped.
func TestTogether(t *testing.T) {
	c := open(t, nil)
	c.Warm()
	var all sync.WaitGroup
	for i := range 9 {
		all.Go(func() {
			what := []string{"", "loop", "panic"}[i%3]
			v, err := c.Check(t.Context(), c.base, asking(c.params, what))
			if (err == nil) != (what == "") || (v != nil) != (what == "") {
				t.Errorf("%q: %v, %v", what, v, err)
			}
		})
	}
	all.Wait()
}

// Close ends a child that is loading, and one whose check is under way.
func TestClose(t *testing.T) {
	c := open(t, nil)
	c.Warm()
	c.Close()
	if c.child != nil {
		t.Error("there is a child")
	}
	<-c.turn // for the other Close

	c = open(t, nil)
	if err := c.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := c.child.helper.PID()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Check(ctx, c.base, asking(c.params, "wait")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	gone(t, pid)
	if _, err := c.Check(t.Context(), c.base, asking(c.params, "")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
