package llm

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/ui"
)

// full is an error's message with its hint.
func full(err error) string {
	if err == nil {
		return ""
	}
	var e *ui.Error
	if errors.As(err, &e) && e.Hint != "" {
		return err.Error() + " | " + e.Hint
	}
	return err.Error()
}

func TestParse(t *testing.T) {
	tests := []struct{ in, want, err string }{
		{in: "openai:gpt-4o", want: "openai:gpt-4o"},
		{in: "openai:org/model:free", want: "openai:org/model:free"},
		{in: " openai: gpt-4o ", want: "openai:gpt-4o"},
		{in: "exec:claude -p", want: "exec:claude -p"},
		{in: "replay:20260102-a", want: "replay:20260102-a"},
		{in: "none", want: "none"},
		{in: "", err: "-llm names no model | want openai:MODEL, exec:COMMAND, replay:RUN or none"},
		{in: "openai:", err: "-llm openai:: the model is missing | write for example -llm 'openai:gpt-4o'"},
		{in: "exec: ", err: "the command is missing"},
		{in: "exec:a 'b", err: "-llm exec:a 'b: a single quote is never closed"},
		{in: "replay:", err: "the run is missing"},
		{in: "none:x", err: "none takes no argument"},
		{in: "gpt-4o", err: `-llm gpt-4o: unknown provider "gpt-4o" | want openai:MODEL, exec:COMMAND, replay:RUN or none; is it openai:gpt-4o?`},
		{in: "azure:x", err: `unknown provider "azure" | want openai:MODEL`},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if tt.err != "" {
			if !strings.Contains(full(err), tt.err) {
				t.Errorf("Parse(%q): got error %q, want %q in it", tt.in, full(err), tt.err)
			}
			continue
		}
		if err != nil || got.String() != tt.want {
			t.Errorf("Parse(%q) = %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("openai:gpt-4o")
	f.Add("exec:sh -c 'cat'")
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(spec.String())
		if err != nil || again.String() != spec.String() {
			t.Errorf("Parse(%q) gives %q, which reads as %q, %v", s, spec, again, err)
		}
	})
}

func TestSplitWords(t *testing.T) {
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{in: "a b  c", want: []string{"a", "b", "c"}},
		{in: "a ' b ' \"c d\"", want: []string{"a", " b ", "c d"}},
		{in: `a\ b "\"\\\$\x" ''`, want: []string{"a b", `"\$\x`, ""}},
		{in: `sh -c 'echo "$HOME"'`, want: []string{"sh", "-c", `echo "$HOME"`}},
		{in: `a"b"'c'`, want: []string{"abc"}},
		{in: "", err: "the command is empty"},
		{in: "''", err: "the command is empty"},
		{in: `a "b`, err: "a double quote is never closed"},
		{in: `a \`, err: "nothing follows the last backslash"},
	}
	for _, tt := range tests {
		got, err := SplitWords(tt.in)
		if d := cmp.Diff(tt.want, got); d != "" || !strings.Contains(full(err), tt.err) || (err != nil) != (tt.err != "") {
			t.Errorf("SplitWords(%q): error %v, want %q (-want +got):\n%s", tt.in, err, tt.err, d)
		}
	}
}

func FuzzSplitWords(f *testing.F) {
	f.Add(`sh -c 'a "b" \c'`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := SplitWords(s)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
		}
		again, err := SplitWords(strings.Join(quoted, " "))
		if d := cmp.Diff(words, again); d != "" || err != nil {
			t.Errorf("%q quoted and split again: %v\n%s", s, err, d)
		}
	})
}

func TestNone(t *testing.T) {
	c, err := New(Spec{Provider: None}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Complete(t.Context(), Request{})
	want := "this needs a language model and none was named | add -llm with " + Forms + ", or set $TRACE_LLM"
	if full(err) != want {
		t.Errorf("got %q, want %q", full(err), want)
	}
}
