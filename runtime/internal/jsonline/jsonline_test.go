package jsonline

import (
	"bytes"
	"encoding/json"
	"testing"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `"quoted\"`, "a\nb\tc\r", "\x00\x1f\x7f", "é 世界 \u2028\u2029\u0085", "\xff\xfe", "<a href='x'>&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := AppendString(nil, s)
		if bytes.ContainsAny(b, "\n\r") {
			t.Fatalf("%q: line break in %q", s, b)
		}
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v in %s", s, err, b)
		}
		if want := string([]rune(s)); got != want {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}
