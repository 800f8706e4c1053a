package near

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		word  string
		words string
		want  string
	}{
		{"TestUnicod", "TestASCII TestUnicode TestUnicodes", "TestUnicode"},
		{"testunicode", "TestUnicode", "TestUnicode"},
		{"ndoe", "bundle node skip", "node"}, // two letters that changed places
		{"TestC", "TestA TestB Other", "TestA TestB"},
		{"maxx", "min max", "max"},
		{"foo", "bundle node skip", ""},
		{"", "a", "a"},
		{"", "ab", ""},
		{"x", "", ""},
		{long + "y", long, ""},
		{"a/b/case_17", "a/b/case_16 a/b/case_1 a/b/case_27", "a/b/case_16 a/b/case_1 a/b/case_27"},
	}
	for _, tt := range tests {
		got := strings.Join(Words(tt.word, strings.Fields(tt.words)), " ")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Words(%q, %q) (-want +got):\n%s", tt.word, tt.words, diff)
		}
		first, _, _ := strings.Cut(tt.want, " ")
		if got := Word(tt.word, strings.Fields(tt.words)); got != first {
			t.Errorf("Word(%q, %q) is %q, want %q", tt.word, tt.words, got, first)
		}
	}
}
