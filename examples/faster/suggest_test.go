package suggest

import (
	"math/rand"
	"testing"
)

var commands = []string{
	"add", "apply", "archive", "bisect", "blame", "branch", "checkout", "cherry-pick", "clean", "clone", "commit",
	"config", "describe", "diff", "fetch", "format-patch", "grep", "init", "log", "merge", "mv", "pull", "push",
	"rebase", "reflog", "remote", "reset", "restore", "revert", "rm", "show", "stash", "status", "submodule",
	"switch", "tag", "worktree",
}

func TestClosest(t *testing.T) {
	tests := []struct {
		name  string
		word  string
		known []string
		want  string
		ok    bool
	}{
		{"letters swapped", "chekcout", commands, "checkout", true},
		{"letter missing", "comit", commands, "commit", true},
		{"letter too much", "statuss", commands, "status", true},
		{"known", "rebase", commands, "rebase", true},
		{"upper case", "STASH", commands, "stash", true},
		{"known in upper case", "readme", []string{"LICENSE", "README"}, "README", true},
		{"first of several", "reset", []string{"rest", "resets"}, "rest", true},
		{"closer one later", "resett", []string{"rest", "resets", "reset"}, "resets", true},
		{"one edit of two letters", "ad", commands, "add", true},
		{"two edits of five letters", "xxmit", []string{"commit"}, "", false},
		{"two edits of six letters", "xxmmit", []string{"commit"}, "commit", true},
		{"nothing like it", "frobnicate", commands, "", false},
		{"nothing known", "add", nil, "", false},
		{"no word", "", commands, "", false},
		{"no word, one letter", "", []string{"ab", "x"}, "x", true},
		{"not ASCII", "grösse", []string{"größe", "grüße"}, "größe", true},
		{"not ASCII in upper case", "ÉTÉ", []string{"hiver", "été"}, "été", true},
		{"three bytes each", "世间", []string{"世界"}, "世界", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Closest(tt.word, tt.known)
			if got != tt.want || ok != tt.ok {
				t.Errorf("Closest(%q, %q) = %q, %v, want %q, %v", tt.word, tt.known, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"größe", "grosse", 3},
		{"日本語", "日本", 1},
		{"a\xff", "a\xfe", 0}, // both are the replacement character
		{"a long line of plain text, longer than a word ever is, to be sure of it", "a long line of plain test, longer than a word ever was, to be sure of it", 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestDefinition compares with the definition, which takes exponential time.
func TestDefinition(t *testing.T) {
	var define func(a, b []rune) int
	define = func(a, b []rune) int {
		switch {
		case len(a) == 0:
			return len(b)
		case len(b) == 0:
			return len(a)
		case a[0] == b[0]:
			return define(a[1:], b[1:])
		}
		return 1 + min(define(a[1:], b), define(a, b[1:]), define(a[1:], b[1:]))
	}
	rng := rand.New(rand.NewSource(1))
	word := func() string {
		w := make([]rune, rng.Intn(7))
		for i := range w {
			w[i] = []rune("abcäß世")[rng.Intn(6)]
		}
		return string(w)
	}
	for range 300 {
		a, b := word(), word()
		if got, want := distance(a, b), define([]rune(a), []rune(b)); got != want {
			t.Fatalf("distance(%q, %q) = %d, want %d", a, b, got, want)
		}
	}
}

func BenchmarkClosest(b *testing.B) {
	typed := []string{"comit", "chekcout", "cherrypick", "Statsu", "frobnicate", "formatpatch"}
	for i := 0; i < b.N; i++ {
		for _, word := range typed {
			Closest(word, commands)
		}
	}
}
