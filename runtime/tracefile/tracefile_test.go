package tracefile

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func score(v float64) *float64 { return &v }

// sample is one line of each kind, full and bare.
var sample = []any{
	&Header{Trace: 1, Program: "example.com/m/agent", Go: "go1.26"},
	&Case{Case: 1, Name: "TestPlay"},
	&Case{Case: 2, Name: "TestPlay/seed=3", Parent: 1},
	&Node{N: 3, Kind: KindParam, ID: "example.com/m.act"},
	&Node{N: 7, Case: 2, Kind: KindOp, ID: "id", Op: "a.act", Name: "output1", At: "agent/agent.go:31:12", Src: "a.act(m, plan)",
		In: []int{3, 6, 0}, Fn: 3, Type: "Coord", Value: `agent.Coord{X: 3, Name: "<&>\n"}`, Degraded: "select", Inferred: true, Count: 9},
	&Feedback{Feedback: 7, Case: 2, Text: "got \"<3>\"\nwant 4"},
	&Feedback{},
	&End{End: 2, Result: ResultFail, Score: score(0.6), Lines: map[string]string{"b.go": "1", "agent/agent.go": "28-31,35"}, Spent: true},
	&End{Result: ResultPass},
}

func encode(t interface{ Fatal(...any) }, lines []any) []byte {
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, l := range lines {
		if err := w.Write(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(r io.Reader) (lines []any, cut bool, err error) {
	tr := NewReader(r)
	for {
		l, err := tr.Next()
		if err == io.EOF {
			return lines, tr.Cut(), nil
		}
		if err != nil {
			return lines, false, err
		}
		lines = append(lines, l)
	}
}

func TestGolden(t *testing.T) {
	want, err := os.ReadFile("testdata/sample.ndjson")
	got := encode(t, sample)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("testdata/sample.ndjson", got, 0o666); err != nil {
			t.Fatal(err)
		}
		want = got
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("written (-want +got; UPDATE_GOLDEN=1 rewrites):\n%s", diff)
	}
	lines, cut, err := decode(bytes.NewReader(want))
	if err != nil || cut {
		t.Fatal(err, cut)
	}
	if diff := cmp.Diff(sample, lines); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestForeign(t *testing.T) {
	// Other spacing, keys of the future, kinds of the future that use our
	// keys in other ways, blank lines, Windows line ends.
	text := ` { "trace" : 1 , "program":"p", "go":"g", "host":{"n":1} }` + "\r\n\r\n" +
		`{"stat":3,"name":{"n":"x"},"case":"y"}` + "\n" +
		`{}` + "\n" +
		`{"case":1,"name":"TestA","n":"not a node"}` + "\n"
	lines, cut, err := decode(strings.NewReader(text))
	want := []any{&Header{Trace: 1, Program: "p", Go: "g"}, &Case{Case: 1, Name: "TestA"}}
	if diff := cmp.Diff(want, lines); diff != "" || cut || err != nil {
		t.Errorf("cut %v, error %v (-want +got):\n%s", cut, err, diff)
	}
}

func TestErrors(t *testing.T) {
	head := `{"trace":1,"program":"p","go":"g"}` + "\n"
	for _, test := range []struct{ text, want string }{
		{"PASS\n", "trace file line 1: not a JSON object"},
		{"PASS", "trace file line 1: not a JSON object"},
		{`{"case":1,"name":"x"}` + "\n", `trace file line 1: not a trace file: it does not begin with {"trace":…}`},
		{`{"trace":2}` + "\n", "trace file line 1: trace file has version 2, this program reads up to 1 (hint: use the tracegen that wrote it, or a newer one)"},
		{`{"trace":2,"program":7}`, "trace file line 1: trace file has version 2, this program reads up to 1 (hint: use the tracegen that wrote it, or a newer one)"},
		{`{"trace":0}` + "\n", "trace file line 1: 0 is no version of the trace file"},
		{head + "\n" + `{"n":1,"case":0,"kind":"op"` + "\n", "trace file line 3: unexpected end of JSON input"},
		{head + `{"n":"x","case":0,"kind":"op"}` + "\n", `trace file line 2: "n" cannot be a JSON string`},
		{head + `{"n":0,"kind":"op"}` + "\n", "trace file line 2: 0 is no number of a node"},
		{head + `{"n":1,"case":-1,"kind":"op"}` + "\n", "trace file line 2: -1 is no number of a case"},
		{head + `{"n":1,"kind":"op","in":[1,-2]}` + "\n", "trace file line 2: -2 is no number of an input"},
		{head + `{"n":1,"kind":"op","fn":-2}` + "\n", "trace file line 2: -2 is no number of a function"},
		{head + `{"n":1,"kind":"op","call":-2}` + "\n", "trace file line 2: -2 is no number of a call"},
		{head + `{"n":1,"kind":"op","within":-2}` + "\n", "trace file line 2: -2 is no number of a call"},
		{head + `{"n":1,"kind":"op","body":-2}` + "\n", "trace file line 2: -2 is no number of a node"},
		{head + `{"n":1,"kind":"op","count":-2}` + "\n", "trace file line 2: -2 is no count"},
		{head + `{"n":1,"kind":"opp"}` + "\n", `trace file line 2: "opp" is no kind of node (known: param, input, op, exception)`},
		{head + `{"case":0,"name":""}` + "\n", "trace file line 2: 0 is no number of a case"},
		{head + `{"case":1,"parent":-1}` + "\n", "trace file line 2: -1 is no number of a parent"},
		{head + `{"feedback":-1}` + "\n", "trace file line 2: -1 is no number of a node"},
		{head + `{"end":-1}` + "\n", "trace file line 2: -1 is no number of a case"},
		{head + `{"end":1}{"end":2}` + "\n", "trace file line 2: invalid character '{' after top-level value"},
	} {
		_, _, err := decode(strings.NewReader(test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\ngot  %v\nwant %s", test.text, err, test.want)
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %T", test.text, err)
		}
		var version *VersionError
		if newer := strings.Contains(test.want, "version 2"); newer != errors.As(err, &version) {
			t.Errorf("%q: %v is a VersionError: %v", test.text, err, !newer)
		}
	}
}

func TestErrorSticks(t *testing.T) {
	r := NewReader(strings.NewReader("x\n{\"trace\":1}\n"))
	_, err1 := r.Next()
	_, err2 := r.Next()
	if err1 == nil || err1 != err2 {
		t.Errorf("%v, then %v", err1, err2)
	}
	failing := errors.New("disk on fire")
	if _, _, err := decode(iotest.ErrReader(failing)); err != failing {
		t.Errorf("reading: %v", err)
	}
	w := NewWriter(&limited{n: 10})
	for i := 0; i < 1e5; i++ {
		w.Feedback(Feedback{Text: "x"})
	}
	if err := w.Flush(); err != io.ErrShortWrite {
		t.Errorf("writing: %v", err)
	}
	if err := NewWriter(io.Discard).Write(3); err == nil || err.Error() != "trace file has no line of type int" {
		t.Errorf("writing an int: %v", err)
	}
}

type limited struct{ n int }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.n {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestNonFiniteScore(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		got := encode(t, []any{&End{End: 1, Result: ResultPass, Score: score(v)}})
		if want := `{"end":1,"result":"fail"}` + "\n"; string(got) != want {
			t.Errorf("%v: %s", v, got)
		}
	}
}

// TestCutAnywhere cuts the sample at every byte: reading gives the lines
// before the cut, and copying gives a file that another can follow.
func TestCutAnywhere(t *testing.T) {
	file := encode(t, sample)
	for i := 0; i <= len(file); i++ {
		lines, cut, err := decode(iotest.OneByteReader(bytes.NewReader(file[:i])))
		if err != nil {
			t.Fatalf("cut at %d: %v", i, err)
		}
		n := bytes.Count(file[:i], []byte("\n"))
		partial := i > 0 && file[i-1] != '\n'
		if partial && i < len(file) && file[i] == '\n' {
			n, partial = n+1, false // only the newline is missing
		}
		if diff := cmp.Diff(sample[:n], append([]any{}, lines...)); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", i, diff)
		}
		if cut != partial {
			t.Errorf("cut at %d: Cut is %v", i, cut)
		}
		var b bytes.Buffer
		cut, err = Copy(&b, bytes.NewReader(file[:i]))
		if err != nil || cut != partial {
			t.Fatalf("copy, cut at %d: %v, %v", i, cut, err)
		}
		b.Write(file)
		if lines, _, err = decode(&b); err != nil || len(lines) != n+len(sample) {
			t.Fatalf("copy, cut at %d: %d lines, %v", i, len(lines), err)
		}
	}
}

func TestHugeLine(t *testing.T) {
	in := make([]int, 300000)
	for i := range in {
		in[i] = i
	}
	lines := []any{&Header{Trace: 1}, &Node{N: 1, Kind: KindOp, In: in, Value: strings.Repeat("x", 1<<20)}, &Feedback{Text: "after"}}
	got, _, err := decode(bytes.NewReader(encode(t, lines)))
	if !reflect.DeepEqual(lines, got) || err != nil {
		t.Errorf("error %v, %d lines", err, len(got))
	}
	endless := io.MultiReader(strings.NewReader(`{"trace":1,"program":"`), &zeros{n: MaxLine + 1<<20})
	if _, _, err = decode(endless); err == nil || err.Error() != "trace file line 1: longer than 67108864 bytes" {
		t.Errorf("an endless line: %v", err)
	}
}

type zeros struct{ n int }

func (z *zeros) Read(b []byte) (int, error) {
	if z.n <= 0 {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = '0'
	}
	z.n -= len(b)
	return len(b), nil
}

func drawLine(t *rapid.T) any {
	num := rapid.IntRange(0, 1<<30)
	pos := rapid.IntRange(1, 1<<30)
	text := rapid.String()
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return &Header{Trace: 1, Program: text.Draw(t, "program"), Go: text.Draw(t, "go")}
	case 1:
		return &Case{Case: pos.Draw(t, "case"), Name: text.Draw(t, "name"), Parent: num.Draw(t, "parent")}
	case 2:
		n := &Node{
			N: pos.Draw(t, "n"), Case: num.Draw(t, "case"), Kind: rapid.SampledFrom([]string{KindParam, KindInput, KindOp, KindException}).Draw(t, "kind"),
			ID: text.Draw(t, "id"), Op: text.Draw(t, "op"), Name: text.Draw(t, "name"), At: text.Draw(t, "at"), Src: text.Draw(t, "src"),
			Fn: num.Draw(t, "fn"), Call: num.Draw(t, "call"), Body: num.Draw(t, "body"), Within: num.Draw(t, "within"), Type: text.Draw(t, "type"), Value: text.Draw(t, "value"),
			Degraded: text.Draw(t, "degraded"), Inferred: rapid.Bool().Draw(t, "inferred"), Count: num.Draw(t, "count"),
		}
		if in := rapid.SliceOf(num).Draw(t, "in"); len(in) > 0 {
			n.In = in
		}
		return n
	case 3:
		return &Feedback{Feedback: num.Draw(t, "feedback"), Case: num.Draw(t, "case"), Text: text.Draw(t, "text")}
	}
	e := &End{End: num.Draw(t, "end"), Result: text.Draw(t, "result"), Spent: rapid.Bool().Draw(t, "spent")}
	if rapid.Bool().Draw(t, "scored") {
		e.Score = score(rapid.Float64().Draw(t, "score"))
	}
	ranges := rapid.SampledFrom([]string{"", "1", "28-31,35", "7,9-10"})
	if lines := rapid.MapOf(text, ranges).Draw(t, "lines"); len(lines) > 0 {
		e.Lines = lines
	}
	return e
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := append([]any{&Header{Trace: 1}}, rapid.SliceOf(rapid.Custom(drawLine)).Draw(t, "lines")...)
		file := encode(t, lines)
		got, cut, err := decode(bytes.NewReader(file))
		if diff := cmp.Diff(lines, got); diff != "" || cut || err != nil {
			t.Fatalf("cut %v, error %v (-want +got):\n%s", cut, err, diff)
		}
		if again := encode(t, got); !bytes.Equal(file, again) {
			t.Fatalf("written twice:\n%s\n%s", file, again)
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add(encode(f, sample))
	f.Add([]byte(`{"trace":9}`))
	f.Add([]byte("{\"trace\":1}\n{\"n\":1,\"kind\":\"op\",\"in\":[1e9]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, _, err := decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		// What was read can be written, and is read back the same.
		again, _, err := decode(bytes.NewReader(encode(t, lines)))
		if diff := cmp.Diff(lines, again); diff != "" || err != nil {
			t.Fatalf("error %v (-first +second):\n%s", err, diff)
		}
		Copy(io.Discard, bytes.NewReader(data))
	})
}

func BenchmarkWriteNode(b *testing.B) {
	w := NewWriter(io.Discard)
	n := *sample[4].(*Node)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		w.Node(n)
	}
}
