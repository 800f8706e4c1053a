package source

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opto-go/trace/optimizer"
)

const agent = `
-- agent/agent.go --
// Package agent is trained in tests.
package agent

import (
	"errors"
	"strings"
	"time"
)

// ErrNone means no answer.
var ErrNone = errors.New("none")

var calls int

//trace:node trainable constraint="keep {q}" check=hasQ
var template = "Answer: {q}"

func hasQ(s string) error {
	if !strings.Contains(s, "{q}") {
		return errors.New("no {q}")
	}
	return nil
}

//trace:node trainable min=0 max=1 step=0.1
var temperature = 0.5

//trace:node trainable
const limit = 3

// An Agent plays.
type Agent struct {
	//trace:node trainable min=1s
	Wait time.Duration
	N    int
}

// Default is the agent.
var Default = &Agent{
	Wait: 5 * time.Second,
	N:    limit,
}

// Extract returns the answer.
//
// It is short.
//
//go:noinline
//trace:bundle trainable constraint="be brief"
func Extract(response string) (string, error) {
	if response == "" {
		return "", ErrNone
	}
	calls++
	return strings.TrimSpace(response), nil
}

//trace:bundle trainable allow="net/http,go"
func (a *Agent) Act(m map[string]int) []string {
	//trace:node trainable
	words := []string{
		"one",
		"two", // second
	}
	return words
}
-- other/other.go --
package other

//trace:bundle trainable
func Extract(s string) string { return s }
-- agent/agent_test.go --
package agent

import "testing"

var table [limit]int

func TestExtract(t *testing.T) {
	got, _ := Extract("x")
	if got != "y" {
		t.Fatal(got)
	}
	_ = table
}
`

func TestParams(t *testing.T) {
	prog, list := params(t, agent)
	type row struct {
		ID, Name, Type, Source, Doc, File string
		Kind                              optimizer.Kind
		Line                              int
	}
	var got []row
	for _, p := range list {
		got = append(got, row{p.ID, p.Name, p.Type, p.Source, p.Doc, p.Param.File, p.Kind, p.Line})
		data, err := os.ReadFile(p.File)
		if err != nil {
			t.Fatal(err)
		}
		if sha256.Sum256(data) != p.Sum {
			t.Errorf("%s: Sum is not that of the file", p.ID)
		}
		if part := string(data[p.Start:p.End]); !strings.HasSuffix(p.Source, part) {
			t.Errorf("%s: Start..End is %q", p.ID, part)
		}
	}
	const m = "example.com/m/agent."
	f := "agent/agent.go"
	want := []row{
		{m + "Agent.Act", "Act", "func(m map[string]int) []string", "func (a *Agent) Act(m map[string]int) []string {\n\t//trace:node trainable\n\twords := []string{\n\t\t\"one\",\n\t\t\"two\", // second\n\t}\n\treturn words\n}", "", f, optimizer.FuncBody, 59},
		{m + "Agent.Act.words", "words", "[]string", "[]string{\n\t\t\"one\",\n\t\t\"two\", // second\n\t}", "", f, optimizer.Value, 61},
		{m + "Agent.Wait", "Wait", "time.Duration", "5 * time.Second", "", f, optimizer.Value, 40},
		{m + "Extract", "agent.Extract", "func(response string) (string, error)", "// Extract returns the answer.\n//\n// It is short.\nfunc Extract(response string) (string, error) {\n\tif response == \"\" {\n\t\treturn \"\", ErrNone\n\t}\n\tcalls++\n\treturn strings.TrimSpace(response), nil\n}", "Extract returns the answer.\n\nIt is short.", f, optimizer.FuncBody, 50},
		{m + "limit", "limit", "untyped int", "3", "", f, optimizer.Value, 29},
		{m + "temperature", "temperature", "float64", "0.5", "", f, optimizer.Value, 26},
		{m + "template", "template", "string", `"Answer: {q}"`, "", f, optimizer.Value, 16},
		{"example.com/m/other.Extract", "other.Extract", "func(s string) string", "func Extract(s string) string { return s }", "", "other/other.go", optimizer.FuncBody, 4},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	act := param(t, list, "Act")
	if diff := cmp.Diff([]string{"net/http", "go"}, act.Allow); diff != "" {
		t.Error(diff)
	}
	temp := param(t, list, "temperature")
	if temp.Min != "0" || temp.Max != "1" || temp.Step != "0.1" || param(t, list, "template").Check != "hasQ" {
		t.Errorf("limits are missing: %+v", temp.Param)
	}
	if act.Syntax.Func == nil || act.Syntax.Info.Defs[act.Syntax.Func.Name] == nil || temp.Syntax.Expr == nil {
		t.Error("typed syntax is missing")
	}

	// A file that changed while the program was loaded is told from the rest.
	path := filepath.Join(prog.ModRoot, "other", "other.go")
	if err := os.WriteFile(path, []byte("package other\n\nfunc Extract(s string) string { return s }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Params(prog); err == nil || !strings.Contains(err.Error(), "other.go:3:1: parameter example.com/m/other.Extract") || !strings.Contains(err.Error(), "other.go changed while it was loaded: run again") {
		t.Errorf("stale file: %v", err)
	}
}

func TestParamsOverlay(t *testing.T) {
	dir := module(t, "-- a.go --\npackage m\n")
	path := filepath.Join(dir, "a.go")
	content := []byte("package m\n\n//trace:bundle trainable\nfunc F() int { return 1 }\n")
	list, err := Params(load(t, dir, map[string][]byte{path: content}))
	if err != nil {
		t.Fatal(err)
	}
	if p := param(t, list, "F"); p.Sum != sha256.Sum256(content) || string(content[p.Start:p.End]) != "{ return 1 }" {
		t.Errorf("the overlay is not used: %+v", p)
	}
}

func TestShortNames(t *testing.T) {
	_, list := params(t, `
-- go.mod --
module gopkg.in/yaml.v3

go 1.26
-- a.go --
package yaml

//trace:bundle trainable
func F() {}

type T struct{}

//trace:bundle trainable
func (T) F() {}

//trace:bundle trainable
func (T) G() {}
`)
	got := map[string]string{}
	for _, p := range list {
		got[p.ID] = p.Name
	}
	// F would be ambiguous, and so would yaml.v3.F be only if it were cut at
	// the dot of the import path.
	want := map[string]string{"gopkg.in/yaml.v3.F": "yaml.v3.F", "gopkg.in/yaml.v3.T.F": "T.F", "gopkg.in/yaml.v3.T.G": "G"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
