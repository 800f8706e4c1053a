package search

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

const quickstart = "../../examples/quickstart"

// TestQuickstart trains examples/quickstart with its own tests, run by the go
// command on overlays.
func TestQuickstart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command many times")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	dir, err := filepath.Abs(quickstart)
	if err != nil {
		t.Fatal(err)
	}
	params, files := loadDir(t, "example.com/quickstart", dir)
	if len(params) != 2 {
		t.Fatalf("found %d parameters, want a value and a function", len(params))
	}
	eval := overlayEvaluator(dir, params, files)
	base := map[string]string{}
	for _, p := range params {
		base[p.ID] = p.Source
	}
	cases := eval(t, []map[string]string{base})[0]
	if n := failedOf(cases); n == 0 || n > len(cases)/2 {
		t.Fatalf("%d of %d cases fail before: want some, and most to pass", n, len(cases))
	}
	tr := newTraining(params, cases, 1)
	tr.reload = func(full map[string]string) []optimizer.Param {
		return load(t, "example.com/quickstart", withAll(params, files, full))
	}
	for tr.evals < 60 && !tr.green {
		props, full := tr.next(t, 8)
		if len(props) == 0 {
			break
		}
		tr.learn(props, eval(t, full))
	}
	tr.log(t, "quickstart")
	if !tr.green {
		t.Errorf("not green after %d candidates", tr.evals)
	}
	changed := map[string]bool{}
	for _, p := range tr.problem.Params {
		if p.Source != base[p.ID] {
			changed[p.ID] = true
		}
	}
	if len(changed) != 2 {
		t.Errorf("%v changed, want both parameters: one alone must not do", changed)
	}
}

var leaf = regexp.MustCompile(`^[^:]+\.go:\d+: `)

// overlayEvaluator runs go test with each candidate in an overlay.
func overlayEvaluator(dir string, params []optimizer.Param, files map[string]string) evaluator {
	return func(t testing.TB, candidates []map[string]string) [][]optimizer.Case {
		t.Helper()
		var out [][]optimizer.Case
		for _, assign := range candidates {
			tmp := t.TempDir()
			replace := map[string]string{}
			for name, changed := range withAll(params, files, assign) {
				to := filepath.Join(tmp, name)
				if err := os.WriteFile(to, []byte(changed), 0o666); err != nil {
					t.Fatal(err)
				}
				replace[filepath.Join(dir, name)] = to
			}
			js, err := json.Marshal(map[string]any{"Replace": replace})
			if err != nil {
				t.Fatal(err)
			}
			overlay := filepath.Join(tmp, "overlay.json")
			if err := os.WriteFile(overlay, js, 0o666); err != nil {
				t.Fatal(err)
			}
			out = append(out, goTest(t, dir, overlay))
		}
		return out
	}
}

// withAll returns the files with every parameter replaced.
func withAll(params []optimizer.Param, files, assign map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		for _, p := range params {
			if p.File == name {
				text = substitute(p, text, assign[p.ID])
			}
		}
		out[name] = text
	}
	return out
}

// substitute puts a new source in the place of the parameter's first one.
func substitute(p optimizer.Param, text, source string) string {
	if p.Kind == optimizer.FuncBody {
		// The directive stands between the doc comment and the function.
		body := func(s string) string { return s[strings.Index("\n"+s, "\nfunc "):] }
		return strings.Replace(text, body(p.Source), body(source), 1)
	}
	return strings.Replace(text, p.Name+" = "+p.Source, p.Name+" = "+source, 1)
}

func goTest(t testing.TB, dir, overlay string) []optimizer.Case {
	t.Helper()
	cmd := exec.Command("go", "test", "-json", "-vet=off", "-timeout=10s", "-overlay", overlay, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	stdout, _ := cmd.Output() // a failing test is an exit status of 1
	results := map[string]*optimizer.Case{}
	var order []string
	for _, line := range bytes.Split(stdout, []byte("\n")) {
		var ev struct{ Action, Test, Output string }
		if json.Unmarshal(line, &ev) != nil || ev.Test == "" {
			continue
		}
		c := results[ev.Test]
		if c == nil {
			c = &optimizer.Case{Name: ev.Test, Result: "killed"}
			results[ev.Test] = c
			order = append(order, ev.Test)
		}
		switch ev.Action {
		case "output":
			if msg := strings.TrimSpace(ev.Output); leaf.MatchString(msg) {
				c.Feedback = append(c.Feedback, leaf.ReplaceAllString(msg, ""))
			}
		case "pass":
			c.Result, c.Score = "pass", 1
		case "fail", "skip":
			c.Result = ev.Action
		}
	}
	var cases []optimizer.Case
	for _, name := range order {
		parent := false
		for other := range results {
			parent = parent || strings.HasPrefix(other, name+"/")
		}
		if !parent {
			cases = append(cases, *results[name])
		}
	}
	if len(cases) == 0 {
		cases = []optimizer.Case{{Name: "build", Result: "fail", Feedback: []string{string(stdout)}}}
	}
	return cases
}
