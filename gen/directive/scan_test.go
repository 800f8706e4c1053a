package directive_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opto-go/trace/gen/directive"
)

func TestScan(t *testing.T) {
	tests := []struct {
		text string
		args []directive.Arg
		errs []string
	}{
		{text: ""},
		{text: " \t "},
		{text: " trainable", args: []directive.Arg{{Key: "trainable", Offset: 1, End: 10}}},
		{text: " a=b  c", args: []directive.Arg{
			{Key: "a", Value: "b", HasValue: true, Offset: 1, ValueOffset: 3, End: 4},
			{Key: "c", Offset: 6, End: 7},
		}},
		{text: " min=-1.5e3", args: []directive.Arg{{Key: "min", Value: "-1.5e3", HasValue: true, Offset: 1, ValueOffset: 5, End: 11}}},
		{text: ` d="a \"b\" \u00e9 //x"`, args: []directive.Arg{{Key: "d", Value: `a "b" é //x`, HasValue: true, Offset: 1, ValueOffset: 3, End: 23}}},
		{text: " d=`a \"\\b`", args: []directive.Arg{{Key: "d", Value: `a "\b`, HasValue: true, Offset: 1, ValueOffset: 3, End: 10}}},
		{text: ` d=""`, args: []directive.Arg{{Key: "d", HasValue: true, Offset: 1, ValueOffset: 3, End: 5}}},
		{text: " a // why", args: []directive.Arg{{Key: "a", Offset: 1, End: 2}}},
		{text: ` d="open b`, errs: []string{`3: expected a closing " for the value of d`}},
		{text: " d=`open", errs: []string{"3: expected a closing ` for the value of d"}},
		{text: ` d="\q" e`, args: []directive.Arg{{Key: "e", Offset: 8, End: 9}},
			errs: []string{`3: expected a Go string as value of d, found "\q"`}},
		{text: ` d="a"b`, errs: []string{`6: expected a blank after the value of d, found "b"`}},
		{text: " d= e", args: []directive.Arg{{Key: "e", Offset: 4, End: 5}}, errs: []string{"3: expected a value after d="}},
		{text: " d=", errs: []string{"3: expected a value after d="}},
		{text: " =x ,y 1z ü", errs: []string{
			`1: expected an option, found "=x"`, `4: expected an option, found ",y"`,
			`7: expected an option, found "1z"`, `10: expected an option, found "ü"`,
		}},
		{text: " a,b", errs: []string{`2: expected a blank or = after a, found ",b"`}},
		{text: " c=a,b", errs: []string{`4: expected a word as value of c, found ',' in it`}},
		{text: " c=a=b", errs: []string{`4: expected a word as value of c, found '=' in it`}},
		{text: " c='a'", errs: []string{`3: expected a word as value of c, found '\'' in it`}},
	}
	for _, tt := range tests {
		args, errs := directive.Scan(tt.text)
		if diff := cmp.Diff(tt.args, args); diff != "" {
			t.Errorf("Scan(%q) arguments (-want +got):\n%s", tt.text, diff)
		}
		var got []string
		for _, e := range errs {
			got = append(got, strconv.Itoa(e.Offset)+": "+e.Msg)
		}
		if diff := cmp.Diff(tt.errs, got); diff != "" {
			t.Errorf("Scan(%q) errors (-want +got):\n%s", tt.text, diff)
		}
	}
}

// What a hint says to write has every character that stands there, and is read
// back.
func TestScanHints(t *testing.T) {
	tests := []struct {
		text      string
		hint, fix string // fix: what becomes of text; empty: nothing
	}{
		{` choices=',|'`, `write choices="',|'", or choices=",|" if the single quotes are not part of it`, ""},
		{` choices=',|`, `quote it: choices="',|"`, ""},
		{` choices=|,'`, `quote it: choices="|,'"`, ""},
		{` choices='`, `quote it: choices="'"`, ""},
		{` choices=a,b`, `quote it: choices="a,b"`, ` choices="a,b"`},
		{` check=a"b`, `quote it: check="a\"b"`, ""},
		{` check=a=b`, `quote it: check="a=b"`, ""},
		{` desc='keep it short' trainable`, `write desc="'keep it short'", or desc="keep it short" if the single quotes are not part of it`, ""},
		{` desc='keep name='x'`, `quote it: desc="'keep"`, ""},
		{` choices="\"","'","|" trainable`, listRule + `: choices="\",',|"`, ` choices="\",',|" trainable`},
		{` choices='a','b'`, listRule + `: choices="a,b"`, ` choices="a,b"`},
		{" choices=a,`b c`,d", listRule + `: choices="a,b c,d"`, ` choices="a,b c,d"`},
		{` allow="os", "io" trainable`, listRule + `: allow="os,io"`, ` allow="os,io" trainable`},
		{` choices="a,b","c"`, listRule, ""},
		{` choices="a","",b`, listRule, ""},
		{` choices="a"b`, `arguments are separated by blanks; a quote inside the value is written \"`, ""},
		{` choices="a",`, `arguments are separated by blanks; a quote inside the value is written \"`, ""},
		{` desc="a","b"`, `arguments are separated by blanks; a quote inside the value is written \"`, ""},
	}
	for _, tt := range tests {
		_, errs := directive.Scan(tt.text)
		if len(errs) == 0 {
			t.Errorf("Scan(%q) is right", tt.text)
			continue
		}
		e, fixed := errs[0], ""
		if e.New != "" {
			fixed = tt.text[:e.Start] + e.New + tt.text[e.End:]
			if _, errs := directive.Scan(fixed); len(errs) > 0 {
				t.Errorf("Scan(%q) was mended to %q: %v", tt.text, fixed, errs[0])
			}
		}
		if diff := cmp.Diff([]string{tt.hint, tt.fix}, []string{e.Hint, fixed}); diff != "" {
			t.Errorf("Scan(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}

const listRule = "a list is one quoted value with commas between its entries, none of which is empty or holds a comma"

// What is quoted is read back, whatever it holds.
func TestScanQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text string
		var want []string
		for i := range rapid.IntRange(0, 4).Draw(t, "n") {
			v := rapid.String().Draw(t, "value")
			want = append(want, v)
			text += " k" + strconv.Itoa(i) + "=" + strconv.Quote(v)
		}
		args, errs := directive.Scan(text)
		if len(errs) > 0 {
			t.Fatalf("Scan(%q): %v", text, errs[0])
		}
		var got []string
		for _, a := range args {
			got = append(got, a.Value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("Scan(%q) (-want +got):\n%s", text, diff)
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"", " trainable", ` a="b c" d=e`, " a=`b`", ` a="\`, " =", " a=//", "\t//x", ` choices="a", b`, " choices='a b'", " allow='a',`b`", ` a="é`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args, errs := directive.Scan(text)
		end := 0
		for _, a := range args {
			if a.Offset < end || a.End < a.Offset || a.End > len(text) {
				t.Fatalf("Scan(%q): argument %+v out of place", text, a)
			}
			end = a.End
			if text[a.Offset:a.Offset+len(a.Key)] != a.Key || a.Key == "" {
				t.Fatalf("Scan(%q): key of %+v is not at its offset", text, a)
			}
			if a.HasValue && text[a.ValueOffset-1] != '=' {
				t.Fatalf("Scan(%q): value of %+v is not after an equals sign", text, a)
			}
		}
		last := 0
		for _, e := range errs {
			if e.Offset < last || e.Offset > len(text) || e.Msg == "" {
				t.Fatalf("Scan(%q): error %+v out of place", text, e)
			}
			last = e.Offset
		}
	})
}
