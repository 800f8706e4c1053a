package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

// A workflow is as much of docs/workflows/tracetrain.yml as tests look at.
type workflow struct {
	Permissions map[string]string
	Concurrency struct{ Group string }
	Env         map[string]string
	On          map[string]any
	Jobs        map[string]struct {
		Needs       string
		If          string
		Permissions map[string]string
		Outputs     map[string]string
		Steps       []workflowPart
	}
}

type workflowPart struct {
	Name, ID, If, Uses, Run string
	With                    map[string]any
	Env                     map[string]string
}

func readWorkflow() (*workflow, error) {
	data, err := os.ReadFile(workflowFile)
	if err != nil {
		return nil, err
	}
	w := &workflow{}
	return w, yaml.Unmarshal(data, w)
}

var workflowFile, _ = filepath.Abs(filepath.Join("..", "..", "docs", "workflows", "tracetrain.yml"))

// The workflow that the documents offer: it is YAML, its scripts are scripts,
// its flags are flags, and rights are where they are needed only.
func TestWorkflow(t *testing.T) {
	w, err := readWorkflow()
	if err != nil {
		t.Fatal(err)
	}
	if w.On["schedule"] == nil || w.Concurrency.Group == "" {
		t.Error("it has no schedule, or runs meet")
	}
	writes := func(p map[string]string) bool {
		for _, level := range p {
			if level == "write" {
				return true
			}
		}
		return false
	}
	if w.Permissions == nil || writes(w.Permissions) {
		t.Errorf("rights of all jobs: %v", w.Permissions)
	}
	lines := regexp.MustCompile(`(?m)\btracetrain( [^>;|\n]*)`)
	tracetrains := 0
	for name, job := range w.Jobs {
		trains := false
		for _, step := range job.Steps {
			for _, key := range step.Env {
				if strings.Contains(key, "secrets.") && !strings.Contains(step.Run, "tracetrain -") {
					t.Errorf("%s: step %s has a secret that it does not need", name, step.Name)
				}
			}
			if step.Run == "" {
				continue
			}
			if bash, err := exec.LookPath("bash"); err == nil {
				cmd := exec.Command(bash, "-n")
				cmd.Stdin = strings.NewReader(step.Run)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: step %s: %v\n%s", name, step.Name, err, out)
				}
			}
			if strings.Contains(step.Run, "${{") {
				t.Errorf("%s: step %s puts an expression into a script", name, step.Name)
			}
			for _, m := range lines.FindAllStringSubmatch(step.Run, -1) {
				tracetrains++
				trains = trains || checkCommandLine(t, m[1])
			}
		}
		if trains && writes(job.Permissions) {
			t.Errorf("job %s trains and may write: %v", name, job.Permissions)
		}
		if trains {
			checkout := job.Steps[slices.IndexFunc(job.Steps, func(s workflowPart) bool {
				return strings.HasPrefix(s.Uses, "actions/checkout@")
			})]
			if checkout.With["persist-credentials"] != false {
				t.Error("the checkout of the job that trains keeps a token")
			}
		}
	}
	if tracetrains < 4 {
		t.Errorf("only %d command lines were found", tracetrains)
	}
}

// checkCommandLine parses a command line of the workflow and reports whether it
// trains.
func checkCommandLine(t *testing.T, line string) bool {
	t.Helper()
	var args []string
	for _, a := range strings.Fields(line) {
		args = append(args, strings.Trim(a, `"`))
	}
	name := ""
	if commands[args[0]] != nil {
		name, args = args[0], args[1:]
	}
	o := &options{}
	if err := o.parse(args); err != nil {
		t.Errorf("tracetrain%s: %v", line, err)
	}
	if name == "" {
		if o.Budget.Cost == 0 || !o.Strict || o.MaxTime == 0 {
			t.Errorf("tracetrain%s: without a budget, a limit of time, or -strict", line)
		}
		return true
	}
	for _, f := range o.given {
		if !slices.Contains(strings.Fields(allowed[name]), f) {
			t.Errorf("tracetrain%s: %s takes no -%s", line, name, f)
		}
	}
	return false
}

// workflowStep writes the script of a step to a file.
func workflowStep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: workflow job step file")
	}
	w, err := readWorkflow()
	ts.Check(err)
	for _, step := range w.Jobs[args[0]].Steps {
		if step.Name == args[1] {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(step.Run), 0o666))
			for name, value := range w.Env {
				ts.Setenv(name, value)
			}
			return
		}
	}
	ts.Fatalf("job %s has no step %q", args[0], args[1])
}
