package snapshot

import (
	"go/parser"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// value draws values of many shapes, cycles and nils included.
func value(t *rapid.T, depth int) any {
	kinds := 14
	if depth <= 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.Int().Draw(t, "int")
	case 1:
		return rapid.String().Draw(t, "string")
	case 2:
		return rapid.Float64().Draw(t, "float")
	case 3:
		return nil
	case 4:
		return rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "bytes")
	case 5:
		return string(rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "raw"))
	case 6:
		return color(rapid.Int8().Draw(t, "color"))
	case 7:
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any { return value(t, depth-1) }), 0, 60).Draw(t, "slice")
	case 8:
		return rapid.MapOfN(rapid.String(), rapid.Custom(func(t *rapid.T) any { return value(t, depth-1) }), 0, 40).Draw(t, "map")
	case 9:
		return &plan{Name: rapid.String().Draw(t, "name"), Any: value(t, depth-1)}
	case 10:
		p := &plan{Any: value(t, depth-1)}
		p.Next = p
		return p
	case 11:
		return rapid.MapOf(rapid.Float64(), rapid.Int()).Draw(t, "floats")
	case 12:
		v := value(t, depth-1)
		return &v
	default:
		return [3]any{value(t, depth-1), &guarded{}, value(t, depth-1)}
	}
}

func limits(t *rapid.T) Limits {
	return Limits{
		Depth: rapid.IntRange(0, 6).Draw(t, "depth"),
		Elems: rapid.IntRange(0, 50).Draw(t, "elems"),
		Bytes: rapid.IntRange(0, 900).Draw(t, "bytes"),
	}
}

var address = regexp.MustCompile(`0xc0[0-9a-f]{6,}`)

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, lim := value(t, 4), limits(t)
		for name, f := range map[string]func(any, Limits) string{"Deep": Deep, "Shallow": Shallow} {
			s := f(v, lim)
			if s2 := f(v, lim); s != s2 {
				t.Fatalf("%s is not deterministic:\n%s\n%s", name, s, s2)
			}
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\t\x00") {
				t.Fatalf("%s does not keep to one line of text: %q", name, s)
			}
			if most := lim.withDefaults().Bytes; len(s) > most {
				t.Fatalf("%s is %d bytes long, want at most %d: %s", name, len(s), most, s)
			}
			if address.MatchString(s) {
				t.Fatalf("%s shows an address: %s", name, s)
			}
		}
	})
}

// TestComplete: what is not truncated is a Go expression.
func TestComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Deep(value(t, 2), Limits{Depth: 20, Elems: 1000, Bytes: 1 << 20})
		if strings.Contains(s, "…") {
			return // a guard or a cycle, or the data has one
		}
		if _, err := parser.ParseExpr(s); err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	})
}

// TestString: a string comes back whole, or cut at a rune with the right
// count.
func TestString(t *testing.T) {
	cut := regexp.MustCompile(`^("(?:[^"\\]|\\.)*")(?: … (\d+) more bytes)?$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, "raw"))
		})).Draw(t, "s")
		got := Deep(s, Limits{Bytes: rapid.IntRange(40, 140).Draw(t, "bytes")})
		m := cut.FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("%q gives %s", s, got)
		}
		prefix, err := strconv.Unquote(m[1])
		if err != nil || !strings.HasPrefix(s, prefix) {
			t.Fatalf("%q gives %s: %v", s, got, err)
		}
		left := 0
		if m[2] != "" {
			left, _ = strconv.Atoi(m[2])
		}
		if len(prefix)+left != len(s) {
			t.Fatalf("%q gives %s: %d and %d bytes", s, got, len(prefix), left)
		}
		if left > 0 && utf8.ValidString(s) && !utf8.ValidString(prefix) {
			t.Fatalf("%q is cut within a rune: %s", s, got)
		}
	})
}

func FuzzDeep(f *testing.F) {
	f.Add("text", []byte{0xff, 'a'}, 3, 2, 8, 40)
	f.Fuzz(func(t *testing.T, s string, b []byte, n, depth, elems, bytes int) {
		lim := Limits{Depth: depth % 10, Elems: elems % 100, Bytes: bytes % 2000}
		p := &plan{Name: s, Any: []any{b, n, map[string]any{s: b}, &s}}
		p.Next = p
		got := Deep([]any{p, s, b, blob(b), map[text]ints{text(s): {n}}}, lim)
		if !utf8.ValidString(got) || strings.Contains(got, "\n") {
			t.Fatalf("not a line of text: %q", got)
		}
	})
}
