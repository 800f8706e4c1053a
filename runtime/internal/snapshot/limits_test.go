package snapshot

import (
	"errors"
	"fmt"
	"go/parser"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestParseLimits(t *testing.T) {
	usual := Limits{Depth: 4, Elems: 32, Bytes: 600}
	for _, test := range []struct {
		text string
		want Limits
		err  string
	}{
		{"", usual, ""},
		{"depth=6", Limits{Depth: 6, Elems: 32, Bytes: 600}, ""},
		{"bytes=4000,errors=text,elems=1", Limits{Depth: 4, Elems: 1, Bytes: 4000, Errors: true}, ""},
		{"errors=fields", usual, ""},
		{"depth=0", usual, `depth must be a number from 1 to 32, not "0"`},
		{"elems=1001", usual, `elems must be a number from 1 to 1000, not "1001"`},
		{"bytes=9", usual, `bytes must be a number from 40 to 4000, not "9"`},
		{"bytes=x", usual, `bytes must be a number from 40 to 4000, not "x"`},
		{"elems", usual, `elems must be a number from 1 to 1000, not ""`},
		{"errors=all", usual, `errors must be text or fields, not "all"`},
		{"depth=2,depth=3", usual, "depth is given twice"},
		{"width=3", usual, `unknown bound "width"; there are depth, elems, bytes and errors`},
		{"depth=2,", usual, `unknown bound ""; there are depth, elems, bytes and errors`},
	} {
		got, err := ParseLimits(test.text)
		if got != test.want || fmt.Sprint(err) != test.err && (err != nil || test.err != "") {
			t.Errorf("%q gives %+v, %v; want %+v, %s", test.text, got, err, test.want, test.err)
		}
	}
}

func FuzzParseLimits(f *testing.F) {
	f.Add("depth=6,elems=100,bytes=2000,errors=text")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLimits(s)
		if err != nil && l != (Limits{Depth: 4, Elems: 32, Bytes: 600}) || l.Depth < 1 || l.Elems < 1 || l.Bytes < minBytes {
			t.Errorf("%q gives %+v, %v", s, l, err)
		}
	})
}

type parseError struct {
	Line int
	msg  string
}

func (e *parseError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.msg) }

type codeError int

func (c codeError) Error() string { return strings.Repeat("x", int(c)) }

type badError struct{ N int }

func (e badError) Error() string { panic("Error was called") }

// TestErrors: the text of an error is asked for only on demand, and only of what
// is recorded itself.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		v            any
		fields, text string
	}{
		{&parseError{3, "no"}, `&snapshot.parseError{Line: 3, msg: "no"}`, `(*snapshot.parseError)("line 3: no")`},
		{codeError(2), `snapshot.codeError(2)`, `snapshot.codeError("xx")`},
		{badError{1}, `snapshot.badError{N: 1}`, `snapshot.badError{N: 1}`},
		{(*parseError)(nil), `(*snapshot.parseError)(nil)`, `(*snapshot.parseError)(nil)`},
		{[]error{badError{1}}, `[]error{snapshot.badError{N: 1}}`, `[]error{snapshot.badError{N: 1}}`},
		{errors.Join(errors.New("a"), errors.New("b")), `&errors.joinError{errs: []error{errors.New("a"), errors.New("b")}}`, `(*errors.joinError)("a\nb")`},
	} {
		if got := Deep(test.v, Limits{}); got != test.fields {
			t.Errorf("got  %s\nwant %s", got, test.fields)
		}
		got := Deep(test.v, Limits{Errors: true})
		if got != test.text {
			t.Errorf("got  %s\nwant %s", got, test.text)
		}
		if _, err := parser.ParseExpr(got); err != nil {
			t.Errorf("%v in %s", err, got)
		}
	}
	if got := Deep(codeError(5000), Limits{Errors: true, Bytes: 80}); len(got) > 80 || !strings.HasSuffix(got, " more bytes)") {
		t.Errorf("unbounded: %s", got)
	}
}

// TestTime: times show wherever they are kept.
func TestTime(t *testing.T) {
	type stamped struct {
		at   time.Time
		took time.Duration
	}
	at := time.Date(2024, 2, 3, 4, 5, 6, 7, time.UTC)
	const shown = "time.Date(2024, time.February, 3, 4, 5, 6, 7, time.UTC)"
	for _, test := range []struct {
		v    any
		want string
	}{
		{stamped{at, time.Second}, "snapshot.stamped{at: " + shown + ", took: time.Second}"},
		{&stamped{at, 0}, "&snapshot.stamped{at: " + shown + ", took: 0}"},
		{[]stamped{{at: at}}, "[]snapshot.stamped{{at: " + shown + ", took: 0}}"},
	} {
		if got := Deep(test.v, Limits{}); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

type marshaler struct{ n int }

func (m marshaler) MarshalText() ([]byte, error) { select {} }
func (m marshaler) MarshalJSON() ([]byte, error) { select {} }
func (m marshaler) GoString() string             { select {} }

type hub struct {
	Clients map[string]int
	Join    chan string
}

// TestNoMethods: methods that block do not block, and a struct that a goroutine
// serves is left alone.
func TestNoMethods(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{marshaler{1}, "snapshot.marshaler{n: 1}"},
		{map[marshaler]marshaler{{1}: {2}}, "map[snapshot.marshaler]snapshot.marshaler{{n: 1}: {n: 2}}"},
		{struct{ H *hub }{&hub{}}, "struct{H *snapshot.hub}{H: &snapshot.hub{…}}"},
		{(*big.Int)(nil), "(*big.Int)(nil)"},
	} {
		if got := Deep(test.v, Limits{}); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// TestCostIsBounded: a picture of a huge value allocates no more than one of a
// large one.
func TestCostIsBounded(t *testing.T) {
	large := make(map[int]int)
	for i := 0; i < 1<<17; i++ {
		large[i] = i
	}
	for name, v := range map[string]any{
		"bytes": make([]byte, 1<<28), "strings": strings.Repeat("x", 1<<24), "slice": make([][]int, 1<<20),
		"array": make([][1 << 16]int, 4), "map": large, "list": deepList(1 << 18),
	} {
		v := []any{v, &v}
		if got := testing.AllocsPerRun(2, func() { Deep(v, Limits{}) }); got > 300 {
			t.Errorf("%s: %v allocations", name, got)
		}
		if got := Deep(v, Limits{}); len(got) > 600 || !utf8.ValidString(got) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
