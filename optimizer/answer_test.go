package optimizer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var answerParams = []Param{
	{ID: "example.com/m/agent.Agent.Act", Name: "Act", Kind: FuncBody, Type: "func(m Map, plan Plan) Coord",
		Source: "// Act picks a square.\nfunc (a *Agent) Act(m Map, plan Plan) Coord {\n\treturn Coord{}\n}"},
	{ID: "example.com/m/agent.Extract", Name: "agent.Extract", Kind: FuncBody, Type: "func(s string) (string, error)",
		Source: "func Extract(s string) (string, error) {\n\treturn s, nil\n}"},
	{ID: "example.com/m/text.Extract", Name: "text.Extract", Kind: FuncBody, Type: "func(s string) string",
		Source: "func Extract(s string) string { return s }"},
	{ID: "example.com/m/text.trimmer", Name: "trimmer", Kind: FuncBody, Type: "func(s string) string",
		Source: "func Trim(s string) string { return s }"}, // name=trimmer
	{ID: "example.com/m/agent.template", Name: "template", Type: "string", Source: `"Answer: {question}"`},
	{ID: "example.com/m/agent.rate", Name: "rate", Type: "float64", Source: "0.5"},
	{ID: "example.com/m/agent.words", Name: "words", Type: "[]string", Source: "[]string{\"a\"}"},
}

const (
	idAct      = "example.com/m/agent.Agent.Act"
	idTrim     = "example.com/m/text.trimmer"
	idTemplate = "example.com/m/agent.template"
	idRate     = "example.com/m/agent.rate"
	idWords    = "example.com/m/agent.words"
)

const actSource = "func (a *Agent) Act(m Map, plan Plan) Coord {\n\treturn Coord{1, 2}\n}"

// fenced keeps backticks out of the raw strings below: ' at the start of a
// line stands for them.
func fenced(s string) string { return strings.ReplaceAll(s, "'''", "```") }

func TestParseAnswer(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]string
		reasoning  string
	}{
		{"function", "Fire better.\n'''go Act\n" + actSource + "\n'''\nDone.", map[string]string{idAct: actSource}, "Fire better.\nDone."},
		{"value", "'''value rate\n0.25\n'''", map[string]string{idRate: "0.25"}, ""},
		{"two blocks", "'''value rate\n0.25\n'''\nand\n'''go Act\n" + actSource + "\n'''", map[string]string{idRate: "0.25", idAct: actSource}, "and"},
		{"longer suffix", "'''go Agent.Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"full identity", "'''go " + idAct + "\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"method expression", "'''go (*Agent).Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"no name", "'''go\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"no word", "'''\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"name= differs from the function", "'''go Trim\nfunc Trim(s string) string { return \"\" }\n'''", map[string]string{idTrim: "func Trim(s string) string { return \"\" }"}, ""},
		{"no name, name= differs", "'''go\nfunc Trim(s string) string { return \"\" }\n'''", map[string]string{idTrim: "func Trim(s string) string { return \"\" }"}, ""},
		{"crlf", "'''value rate\r\n0.25\r\n'''\r\n", map[string]string{idRate: "0.25"}, ""},
		{"byte order mark", "\ufeff'''value rate\n0.25\n'''", map[string]string{idRate: "0.25"}, ""},
		{"indented", "1. This:\n   '''value rate\n   0.25\n   '''\n", map[string]string{idRate: "0.25"}, "1. This:"},
		{"tildes", "~~~go Act\n" + actSource + "\n~~~", map[string]string{idAct: actSource}, ""},
		{"longer fence", "''''''go Act\n" + actSource + "\n''''''", map[string]string{idAct: actSource}, ""},
		{"golang", "'''golang Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"upper case", "'''Go Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"spaces before the name", "'''  go \t Act  \n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"quoted name", "'''go \"Act\"\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"backticked name", "'''go `Act`:\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"name after a colon", "'''go:Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"name=", "'''go name=Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"text after the name", "'''go Act (changed)\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"package clause", "'''go Act\npackage agent\n\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"doc comment", "'''go Act\n// Act is better.\n" + actSource + "\n'''", map[string]string{idAct: "// Act is better.\n" + actSource}, ""},
		{"directives dropped", "'''go Act\n// Act is better.\n//\n//trace:bundle trainable\n//go:noinline\n" + actSource + "\n'''", map[string]string{idAct: "// Act is better.\n" + actSource}, ""},
		{"not formatted", "'''go Act\nfunc  (a *Agent) Act(m Map, plan Plan) Coord {\n  return Coord{1,2}\n}\n'''", map[string]string{idAct: actSource}, ""},
		{"fence in a comment of the function", "'''go Act\n/* like\n'''\nx\n'''\n*/\n" + actSource + "\n'''", map[string]string{idAct: "/* like\n'''\nx\n'''\n*/\n" + actSource}, ""},
		{"tildes in a raw string", "~~~go Trim\nfunc Trim(s string) string {\n\treturn `\n~~~\n`\n}\n~~~", map[string]string{idTrim: "func Trim(s string) string {\n\treturn `\n~~~\n`\n}"}, ""},
		{"fence in a string", "'''go Trim\nfunc Trim(s string) string { return \"'''\" }\n'''", map[string]string{idTrim: "func Trim(s string) string { return \"'''\" }"}, ""},
		{"TERMINATE is a word", "TERMINATE\n'''go Trim\nfunc Trim(s string) string { return \"TERMINATE\" }\n'''", map[string]string{idTrim: "func Trim(s string) string { return \"TERMINATE\" }"}, "TERMINATE"},
		{"other languages are prose", "'''sh\ngo test\n'''\n'''python\nx = 1\n'''\n'''\noutput\n'''\n'''value rate\n1\n'''", map[string]string{idRate: "1"}, ""},
		{"quoted statements are prose", "'''go\nx := 1\n'''\n'''value rate\n1\n'''", map[string]string{idRate: "1"}, ""},
		{"inline code", "Use '''rate''' so:\n'''value rate\n1\n'''", map[string]string{idRate: "1"}, "Use '''rate''' so:"},
		{"unchanged one left out", "'''value rate\n1\n'''\n'''value words\n[]string{ \"a\" }\n'''", map[string]string{idRate: "1"}, ""},
		{"thoughts dropped", "<think>\n'''value rate\n9\n'''\n</think>\n'''value rate\n1\n'''", map[string]string{idRate: "1"}, ""},
		{"wrapped in markdown", "'''markdown\nSo:\n'''value rate\n1\n'''\n'''", map[string]string{idRate: "1"}, ""},
		{"kind decides, not the word", "'''go rate\n1\n'''", map[string]string{idRate: "1"}, ""},
		{"function in a value block", "'''value Act\n" + actSource + "\n'''", map[string]string{idAct: actSource}, ""},
		{"assignment", "'''value rate\nrate = 1.5\n'''", map[string]string{idRate: "1.5"}, ""},
		{"declaration", "'''value rate\nvar rate float64 = 1.5 // more\n'''", map[string]string{idRate: "1.5"}, ""},
		{"comment after a value", "'''value rate\n1.5 // more\n'''", map[string]string{idRate: "1.5"}, ""},
		{"composite", "'''value words\n[]string{\n\"a\",\n\"b\",\n}\n'''", map[string]string{idWords: "[]string{\n\t\"a\",\n\t\"b\",\n}"}, ""},
		{"string literal", "'''value template\n\"Q: {question}\"\n'''", map[string]string{idTemplate: `"Q: {question}"`}, ""},
		{"string concatenation", "'''value template\n\"Q: \" + \"{question}\"\n'''", map[string]string{idTemplate: `"Q: " + "{question}"`}, ""},
		{"string assignment", "'''value template\ntemplate = \"Q\"\n'''", map[string]string{idTemplate: `"Q"`}, ""},
		{"plain text", "'''value template\nQ: {question} \"please\"\n'''", map[string]string{idTemplate: `"Q: {question} \"please\""`}, ""},
		{"plain text that is an identifier", "'''value template\nquestion\n'''", map[string]string{idTemplate: `"question"`}, ""},
		{"plain text on lines", "'''value template\n  Q:\n\n{question}\n'''", map[string]string{idTemplate: "`  Q:\n\n{question}`"}, ""},
		{"plain text with backticks", "'''value template\na `b`\nc\n'''", map[string]string{idTemplate: "\"a `b`\\nc\""}, ""},
		{"plain text that begins with a quotation", "'''value template\n\"Hi\" is a greeting.\n'''", map[string]string{idTemplate: `"\"Hi\" is a greeting."`}, ""},
		{"plain text with a labelled fence", "'''value template\nUse\n'''json\n{}\n'''\nok\n'''", map[string]string{idTemplate: "\"Use\\n'''json\\n{}\\n'''\\nok\""}, ""},
		{"plain text with a fence in a longer one", "''''''value template\nUse\n'''\n{}\n'''\n''''''", map[string]string{idTemplate: "\"Use\\n'''\\n{}\\n'''\""}, ""},
		{"empty string", "'''value template\n'''", map[string]string{idTemplate: `""`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseAnswer(fenced(tt.text), answerParams)
			if err != nil {
				t.Fatalf("ParseAnswer: %v", err)
			}
			for id, s := range tt.want {
				tt.want[id] = fenced(s)
			}
			if d := cmp.Diff(tt.want, got.Assign); d != "" {
				t.Errorf("assignments (-want +got):\n%s", d)
			}
			if want := fenced(tt.reasoning); got.Reasoning != want {
				t.Errorf("reasoning: got %q, want %q", got.Reasoning, want)
			}
		})
	}
}

func TestParseAnswerRefuses(t *testing.T) {
	const known = "Act, agent.Extract, rate, template, text.Extract, trimmer, words"
	tests := []struct {
		name, text string
		reason     Reason
		want       string // of the message, backticks as '
	}{
		{"empty", " \n\t\n", Empty, "the answer is empty"},
		{"nothing to change", "All is well.", NoChange, "the answer has no fenced block, so it changes nothing"},
		{"only other languages", "'''python\nx = 1\n'''", NoChange, "the answer has fenced blocks, but none that opens with '''go NAME or '''value NAME; known names: " + known},
		{"same function", "'''go Act\n// Other words.\n" + strings.TrimPrefix(answerParams[0].Source, "// Act picks a square.\n") + "\n'''", NoChange, "the answer repeats the current source of Act, so it changes nothing"},
		{"same value", "'''value rate\n0.5\n'''", NoChange, "the answer repeats the current source of rate, so it changes nothing"},
		{"same text", "'''value template\nAnswer: {question}\n'''", NoChange, "the answer repeats the current source of template, so it changes nothing"},
		{"cut off", "Fine.\n'''go Act\nfunc (a *Agent) Act(", CutOff, "line 2: the block '''go Act is never closed: the answer was cut off or its closing fence is missing; nothing of it was used"},
		{"cut off after a whole function", "'''go Act\n" + actSource + "\n", CutOff, "line 1: the block '''go Act is never closed"},
		{"first block not closed", "'''go Act\n" + actSource + "\n\n'''value rate\n1\n'''", CutOff, "line 1: the block '''go Act is never closed"},
		{"second block cut", "'''value rate\n1\n'''\n'''go Act\nfunc", CutOff, "line 4: the block '''go Act is never closed"},
		{"cut in thought", "<think>\n'''value rate\n1\n'''", CutOff, "the answer ends inside <think>: it was cut off before any block"},
		{"unknown name", "'''go Missing\nfunc Missing() {}\n'''", Invalid, "line 1 ('''go Missing): no parameter is named Missing; known names: " + known},
		{"part of a word", "'''value ate\n1\n'''", Invalid, "no parameter is named ate"},
		{"unknown function", "'''go\nfunc Missing() {}\n'''", Invalid, "line 1 ('''go): the block declares the function Missing, which is not among the parameters; known names: " + known},
		{"ambiguous name", "'''go Extract\nfunc Extract(s string) string { return s }\n'''", Invalid, "the name Extract is ambiguous, it can mean example.com/m/agent.Extract or example.com/m/text.Extract; write the longer name"},
		{"ambiguous function", "'''go\nfunc Extract(s string) string { return \"\" }\n'''", Invalid, "several parameters are functions called Extract: write '''go and one of agent.Extract, text.Extract"},
		{"several blocks", "'''value rate\n1\n'''\n'''value rate\n2\n'''\n'''value agent.rate\n3\n'''", Invalid, "3 blocks set rate (lines 1, 4, 7): give exactly one"},
		{"named and unnamed", "'''go Act\n" + actSource + "\n'''\n'''go\n" + actSource + "\n'''", Invalid, "2 blocks set Act (lines 1, 6): give exactly one"},
		{"two functions", "'''go Act\n" + actSource + "\nfunc helper() {}\n'''", Invalid, "line 1 ('''go Act): the block declares 2 functions (Agent.Act, helper): give one function per block; a helper has to be a function literal inside it"},
		{"two functions, no name", "'''value rate\n1\n'''\n'''go\n" + actSource + "\nfunc helper() {}\n'''", Invalid, "the block declares 2 functions"},
		{"other function", "'''go Act\nfunc (a *Agent) Fire(m Map, plan Plan) Coord { return Coord{} }\n'''", Invalid, "the block declares Agent.Fire, but Act is the function Agent.Act; keep its name and receiver"},
		{"receiver lost", "'''go Act\nfunc Act(m Map, plan Plan) Coord { return Coord{} }\n'''", Invalid, "the block declares Act, but Act is the function Agent.Act"},
		{"statements", "'''go Act\nreturn Coord{}\n'''", Invalid, "line 1 ('''go Act): not valid Go: line 2:"},
		{"python", "'''go Act\ndef act(m):\n  return 1\n'''", Invalid, "not valid Go: line 2:"},
		{"position of a syntax error", "x\n\n'''go Act\nfunc (a *Agent) Act(m Map, plan Plan) Coord {\n\treturn Coord{\n}\n'''", Invalid, "line 3 ('''go Act): not valid Go: line 6:"},
		{"broken function without a name", "'''value rate\n1\n'''\n'''go\nfunc (a *Agent) Act(\n'''", Invalid, "line 4 ('''go): the block names no parameter (write '''go NAME) and is no function declaration"},
		{"snippet alone", "'''go\nx := 1\n'''", Invalid, "the block names no parameter (write '''go NAME) and is no function declaration"},
		{"imports under another name", "'''go Act\npackage agent\nimport system \"os\"\n" + actSource + "\n'''", Invalid, "the block imports a package under another name: use its own name, and leave the import declaration out"},
		{"package-level declaration", "'''go Act\nvar cache = 1\n" + actSource + "\n'''", Invalid, "the block has a package-level var declaration besides the function: move it into the function"},
		{"no body", "'''go Act\nfunc (a *Agent) Act(m Map, plan Plan) Coord\n'''", Invalid, "the function Agent.Act has no body"},
		{"empty function block", "'''go Act\n\n'''", Invalid, "the block is empty; give the whole function declaration"},
		{"patch", "'''diff Act\n-a\n+b\n'''", Invalid, "line 1 ('''diff Act): a block for Act must open with '''go Act"},
		{"name as the language", "'''rate\n1\n'''", Invalid, "line 1 ('''rate): a block for rate must open with '''value rate"},
		{"value without a name", "'''value\n1\n'''", Invalid, "the block does not say which parameter it sets: write '''value NAME; known names: " + known},
		{"not a literal", "'''value rate\nabout a half\n'''", Invalid, "\"about a half\" is not a Go literal of type float64: line 1: "},
		{"empty value", "'''value rate\n'''", Invalid, "the block is empty; give a Go literal of type float64"},
		{"two values", "'''value rate\n1\n2\n'''", Invalid, "is not a Go literal of type float64"},
		{"function literal", "'''value rate\nfunc() float64 { return 1 }()\n'''", Invalid, "a function literal is not a value here"},
		{"almost a literal", "'''value template\n\"say \"hi\" to {question}\"\n'''", Invalid, "the text starts like a Go string literal and is none"},
		{"literal not terminated", "'''value template\n\"say hi\n'''", Invalid, "the text starts like a Go string literal and is none"},
		{"text cut by a bare fence", "'''value template\nUse\n'''\n{}\n'''\nok\n'''", Invalid, "a fence without a word follows the plain text of line 1"},
		{"one bad block spoils all", "'''value rate\n1\n'''\n'''go Missing\nfunc Missing() {}\n'''", Invalid, "no parameter is named Missing"},
		{"raw string not terminated", "'''go Trim\nfunc Trim(s string) string { return ` }\n'''", Invalid, "raw string literal not terminated"},
		{"block too long", "'''value template\n" + strings.Repeat("a", MaxBlock+1) + "\n'''", Invalid, "the block has 65537 bytes; at most 65536 are allowed"},
		{"answer too long", strings.Repeat("a", MaxAnswer+1), Invalid, "the answer has 1048577 bytes; at most 1048576 are read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseAnswer(fenced(tt.text), answerParams)
			var e *AnswerError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, %v, want an *AnswerError", got, err)
			}
			if e.Reason != tt.reason {
				t.Errorf("reason: got %v, want %v (%v)", e.Reason, tt.reason, err)
			}
			if want := fenced(tt.want); !strings.Contains(err.Error(), want) {
				t.Errorf("message: got %q, want %q in it", err, want)
			}
			if len(got.Assign) > 0 {
				t.Errorf("assignments with an error: %v", got.Assign)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := ParseAnswer(fenced("'''go Missing\nfunc Missing() {}\n'''\n'''value rate\n\n'''"), answerParams)
	var e *AnswerError
	if !errors.As(err, &e) || len(e.Problems) != 2 {
		t.Fatalf("got %v, want two problems", err)
	}
}

func TestManyFencesAreLinear(t *testing.T) {
	// Each bare fence inside an open comment could cost a scan of everything
	// before it.
	text := "```go Act\n/*\n" + strings.Repeat("```\n", 200_000)
	if _, err := ParseAnswer(text, answerParams); err == nil {
		t.Fatal("no error")
	}
}

// TestPlainTextSurvives: whatever plain text a model gives, that is what the
// literal evaluates to, or the answer is refused.
func TestPlainTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching("[ -~\n\tä`]*").Draw(t, "text")
		p, err := ParseAnswer("``````value template\n"+text+"\n``````", answerParams)
		if err != nil {
			return
		}
		source := p.Assign[idTemplate]
		got, err := stringValue(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if given, err := stringValue(strings.TrimSpace(text)); err == nil {
			text = given // it was a literal
		}
		if got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	f.Add("Why.\n```go Act\n" + actSource + "\n```\n")
	f.Add("~~~value template\nplain {question}\n~~~")
	f.Add("```value words\n[]string{\"a\"}\n```\n````go\nfunc Trim(s string) string { return `\n```\n` }\n````")
	f.Add("<think>x</think>```go:Act\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseAnswer(text, answerParams)
		if err != nil {
			var e *AnswerError
			if !errors.As(err, &e) || err.Error() == "" {
				t.Fatalf("error without a reason: %#v", err)
			}
			return
		}
		if len(p.Assign) == 0 {
			t.Fatal("a proposal that assigns nothing")
		}
		for id, source := range p.Assign {
			param, err := resolve(id, answerParams)
			if err != nil {
				t.Fatal(err)
			}
			if param.Kind == FuncBody {
				if again, err := readFunc(*param, source, 1); err != nil || again != source {
					t.Fatalf("%s is not stable: %v\n%s\n%s", id, err, source, again)
				}
			} else if _, err := parseExpr(source); err != nil {
				t.Fatalf("%s = %s: %v", id, source, err)
			}
		}
	})
}
