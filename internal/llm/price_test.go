package llm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuiltinPrices(t *testing.T) {
	p, err := LoadPrices(env("XDG_CONFIG_HOME", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		model  string
		answer Money // 0: not known
	}{
		{"gpt-4o", 10 * dollar},
		{"gpt-4o-2024-08-06", 10 * dollar},
		{"gpt-4o-2024-05-13", 15 * dollar}, // the name before the pattern
		{"gpt-4o-mini", dollar * 6 / 10},
		{"gpt-4o-mini-2024-07-18", dollar * 6 / 10},
		{"gpt-4o-audio-preview", 0},
		{"gpt-4o-realtime-2024-12-17", 0},
		{"my-own", 0},
		{"", 0},
	} {
		got := p.Of(tt.model)
		if (got == nil) != (tt.answer == 0) || got != nil && got.Answer != tt.answer {
			t.Errorf("%s: got %v, want %v", tt.model, got, tt.answer)
		}
	}
	if (*Prices)(nil).Of("gpt-4o") != nil {
		t.Error("no tables know a price")
	}
}

func TestUserPrices(t *testing.T) {
	dir := t.TempDir()
	named, config := filepath.Join(dir, "p.txt"), filepath.Join(dir, "trace", "prices.txt")
	os.MkdirAll(filepath.Dir(config), 0o777)
	os.WriteFile(named, []byte("# mine\nlocal/*\t0 0\ngpt-4o 1 2 # cheaper here\n"), 0o666)
	os.WriteFile(config, []byte("gpt-4o 3 4\n"), 0o666)
	for _, tt := range []struct {
		name   string
		env    func(string) string
		answer Money
	}{
		{"in the configuration directory", env("XDG_CONFIG_HOME", dir), 4 * dollar},
		{"named", env("XDG_CONFIG_HOME", dir, "TRACE_PRICES", named), 2 * dollar},
		{"neither", env("XDG_CONFIG_HOME", t.TempDir()), 10 * dollar},
	} {
		p, err := LoadPrices(tt.env)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Of("gpt-4o"); got == nil || got.Answer != tt.answer {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.answer)
		}
		if p.Of("gpt-4o-mini") == nil {
			t.Errorf("%s: the built-in table is gone", tt.name)
		}
	}
	_, err := LoadPrices(env("TRACE_PRICES", filepath.Join(dir, "none.txt")))
	if !strings.Contains(full(err), "none.txt") || !strings.Contains(full(err), "name a file of lines MODEL PROMPT ANSWER") {
		t.Errorf("got %v", full(err))
	}
}

func TestPricesErrors(t *testing.T) {
	_, err := parsePrices("p.txt", "a 1 2\nb 1\n\n# c\nc 1 x\na 3 4\nd -1 2\ne 1 2 3\nf 9999999999 1\n")
	want := []string{
		"p.txt:2: 2 words: want MODEL PROMPT ANSWER",
		`p.txt:5: "x" is no amount in dollars`,
		"p.txt:6: a stands in line 1 already",
		`p.txt:7: "-1" is no amount`,
		"p.txt:8: 4 words",
		"p.txt:9: \"9999999999\" is more than a million dollars",
		"prices are dollars for a million tokens",
	}
	for _, w := range want {
		if !strings.Contains(full(err), w) {
			t.Errorf("got %s\nwant %q in it", full(err), w)
		}
	}
	if _, err := parsePrices("p", strings.Repeat("#", maxPrices+1)); err == nil {
		t.Error("a table may be as long as it likes")
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "a", true}, {"a*", "abc", true}, {"a*c", "abc", true},
		{"a*c", "abcd", false}, {"*", "", true}, {"*b*", "abc", true}, {"*b*", "ac", false},
		{"ab*ba", "aba", false}, {"a*b*c", "a-b-c", true}, {"a*b*c", "acb", false}, {"a**b", "ab", true},
	} {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}

func FuzzParsePrices(f *testing.F) {
	f.Add(builtinPrices)
	f.Add("a 1 2\nb* 0.000000001 1000000")
	f.Add("a 1\nb . .\n\x00 1 1")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := parsePrices("p.txt", text)
		if err != nil {
			if !strings.Contains(err.Error(), "p.txt") {
				t.Errorf("the error has no position: %v", err)
			}
			return
		}
		// What was read means the same when it is written and read again.
		var b strings.Builder
		for _, e := range table {
			prompt, _ := e.price.Prompt.MarshalText()
			answer, _ := e.price.Answer.MarshalText()
			fmt.Fprintf(&b, "%s %s %s\n", e.model, prompt, answer)
		}
		again, err := parsePrices("q.txt", b.String())
		if err != nil || len(again) != len(table) {
			t.Fatalf("%v\n%s", err, b.String())
		}
		for i := range table {
			if table[i] != again[i] {
				t.Errorf("got %v, want %v", again[i], table[i])
			}
			if p := table.find(table[i].model); p == nil || *p != table[i].price {
				t.Errorf("%s is not found", table[i].model)
			}
		}
	})
}
