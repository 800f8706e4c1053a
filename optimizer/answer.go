package optimizer

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// Caps of what is read at all. They keep the parsers fast on hostile input and
// are far above any sensible answer.
const (
	MaxAnswer = 1 << 20 // bytes of one answer
	MaxBlock  = 64 << 10
)

// Reason classifies an answer that is not a proposal.
type Reason int

const (
	Invalid  Reason = iota // blocks are there and cannot be used
	Empty                  // nothing but white space
	NoChange               // no block, or only blocks that repeat the current source
	CutOff                 // a block was opened and never closed
)

// AnswerError says why an answer is not a proposal. Its message is written for
// the model that is asked to repair the answer, and fits a log as well.
type AnswerError struct {
	Reason   Reason
	Problems []string // one sentence each, in the order of the answer
}

func (e *AnswerError) Error() string { return strings.Join(e.Problems, "\n") }

func answerError(r Reason, format string, args ...any) *AnswerError {
	return &AnswerError{Reason: r, Problems: []string{fmt.Sprintf(format, args...)}}
}

// ParseAnswer reads a model's answer: free text and one fenced block for each
// parameter that changes.
//
//	```go NAME
//	func Name(…) … { … }      a whole function declaration
//	```
//
//	```value NAME
//	0.25                      a Go literal; for strings also the plain text
//	```
//
// NAME is a parameter's short name, any longer suffix of its identity, or the
// identity itself. A go block without a name is matched by the name of its
// function. Layout is read tolerantly (indentation, CRLF, tildes, longer
// fences, quoted names, a package clause, a doc comment); what is adopted is
// strict: an answer with one unusable block is no proposal at all, because a
// half-applied change is not what was proposed. Fenced blocks in other
// languages are prose. The prose becomes the proposal's reasoning.
//
// Every error is an [*AnswerError].
func ParseAnswer(text string, params []Param) (Proposal, error) {
	if len(text) > MaxAnswer {
		return Proposal{}, answerError(Invalid, "the answer has %d bytes; at most %d are read", len(text), MaxAnswer)
	}
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return Proposal{}, answerError(Empty, "the answer is empty")
	}
	text, firstLine, ok := dropThinking(text)
	if !ok {
		return Proposal{}, answerError(CutOff, "the answer ends inside <think>: it was cut off before any block")
	}
	prose, blocks := splitBlocks(text, firstLine)
	blocks = unwrap(blocks)
	for _, b := range blocks {
		if !b.closed {
			return Proposal{}, answerError(CutOff, "line %d: the block %s is never closed: the answer was cut off or its closing fence is missing; nothing of it was used", b.line, b.label())
		}
	}
	r := reader{params: params}
	for _, b := range blocks {
		r.read(b)
	}
	return r.proposal(prose, blocks)
}

// dropThinking removes the visible thoughts that some models put first, which
// often hold drafts of the blocks.
func dropThinking(text string) (rest string, line int, ok bool) {
	lead := strings.TrimLeft(text, " \t\n")
	if !strings.HasPrefix(lead, "<think>") {
		return text, 1, true
	}
	i := strings.Index(text, "</think>")
	if i < 0 {
		return "", 1, false
	}
	i += len("</think>")
	return text[i:], 1 + strings.Count(text[:i], "\n"), true
}

// unwrap opens an answer that was wrapped as a whole in one markdown block.
func unwrap(blocks []block) []block {
	if len(blocks) != 1 || !blocks[0].closed || (blocks[0].lang != "markdown" && blocks[0].lang != "md") {
		return blocks
	}
	if _, inner := splitBlocks(blocks[0].text, blocks[0].line+1); len(inner) > 0 {
		return inner
	}
	return blocks
}

// reader collects what the blocks of one answer say.
type reader struct {
	params   []Param
	given    []given
	problems []problem
	snippets []problem // unnamed go blocks that are no declaration
	plain    int       // line of the last block that was read as plain text
}

type given struct {
	param  *Param
	line   int
	source string
}

type problem struct {
	line int
	text string
}

func (r *reader) fail(b block, format string, args ...any) {
	r.problems = append(r.problems, problem{b.line, fmt.Sprintf("line %d (%s): ", b.line, b.label()) + fmt.Sprintf(format, args...)})
}

func (r *reader) read(b block) {
	if len(b.text) > MaxBlock {
		if b.isAnswer() {
			r.fail(b, "the block has %d bytes; at most %d are allowed", len(b.text), MaxBlock)
		}
		return
	}
	switch {
	case !b.isAnswer():
		r.readProse(b)
	case b.name == "" && b.isGo():
		r.readUnnamed(b)
	case b.name == "":
		r.fail(b, "the block does not say which parameter it sets: write ```value NAME; known names: %s", knownNames(r.params))
	default:
		p, err := resolve(b.name, r.params)
		if err != nil {
			r.fail(b, "%v", err)
			return
		}
		r.readParam(b, p)
	}
}

// readParam reads a block for p. The kind of the parameter decides, not the
// word before its name.
func (r *reader) readParam(b block, p *Param) {
	// The block counts as given even when it is unusable, so that a second
	// one for the same parameter is still reported.
	g := given{param: p, line: b.line}
	var err error
	if p.Kind == FuncBody {
		g.source, err = readFunc(*p, b.text, b.line+1)
	} else {
		var plain bool
		g.source, plain, err = readValue(*p, b.text)
		if plain {
			r.plain = b.line
		}
	}
	if err != nil {
		r.fail(b, "%v", err)
	}
	r.given = append(r.given, g)
}

// declaresFunc tells a broken declaration, which must not be passed over, from
// a few statements quoted in the prose.
var declaresFunc = regexp.MustCompile(`(?m)^\s*func\s+[\w(]`)

// readUnnamed reads a go block that names no parameter.
func (r *reader) readUnnamed(b block) {
	f, err := parseFunc(b.text, b.line+1)
	if f.name == "" {
		msg := fmt.Sprintf("line %d (%s): the block names no parameter (write ```go NAME) and is no function declaration", b.line, b.label())
		if err != nil {
			msg += ": " + err.Error()
		}
		if err != nil && declaresFunc.MatchString(b.text) {
			r.problems = append(r.problems, problem{b.line, msg})
		} else {
			r.snippets = append(r.snippets, problem{b.line, msg})
		}
		return
	}
	p, rerr := resolveFunc(f.name, r.params)
	if rerr != nil {
		r.fail(b, "%v", rerr)
		return
	}
	r.readParam(b, p)
}

// readProse looks at a block in another language. It is no part of the answer
// unless it was clearly meant to be.
func (r *reader) readProse(b block) {
	if b.name != "" {
		if p, err := resolve(b.name, r.params); err == nil {
			r.fail(b, "a block for %s must open with %s", p.display(), opening(*p))
			return
		}
	}
	if b.info != "" {
		word := cleanName(strings.Fields(b.info)[0])
		if p, err := resolve(word, r.params); err == nil {
			r.fail(b, "a block for %s must open with %s", p.display(), opening(*p))
		}
		return
	}
	if r.plain > 0 {
		// A plain text that holds a bare fence ends there, and what follows
		// looks like another block: the value would be cut in silence.
		r.fail(b, "a fence without a word follows the plain text of line %d; if it belongs to that text, open and close the block with a longer fence (````)", r.plain)
		return
	}
	if f, _ := parseFunc(b.text, b.line+1); f.name != "" {
		if p, err := resolveFunc(f.name, r.params); err == nil {
			r.readParam(b, p)
		}
	}
}

func opening(p Param) string {
	if p.Kind == FuncBody {
		return "```go " + p.display()
	}
	return "```value " + p.display()
}

// proposal joins everything that was read.
func (r *reader) proposal(prose string, blocks []block) (Proposal, error) {
	if len(r.given) == 0 {
		// Nothing else can have been meant: the snippets are the answer.
		r.problems = append(r.problems, r.snippets...)
	}
	r.problems = append(r.problems, r.duplicates()...)
	if len(r.problems) > 0 {
		sort.SliceStable(r.problems, func(i, j int) bool { return r.problems[i].line < r.problems[j].line })
		e := &AnswerError{Reason: Invalid}
		for _, p := range r.problems {
			e.Problems = append(e.Problems, p.text)
		}
		return Proposal{}, e
	}
	if len(r.given) == 0 {
		if len(blocks) > 0 {
			return Proposal{}, answerError(NoChange, "the answer has fenced blocks, but none that opens with ```go NAME or ```value NAME; known names: %s", knownNames(r.params))
		}
		return Proposal{}, answerError(NoChange, "the answer has no fenced block, so it changes nothing")
	}
	out := Proposal{Assign: make(map[string]string), Reasoning: prose}
	var same []string
	for _, g := range r.given {
		if sameSource(*g.param, g.source) {
			same = append(same, g.param.display())
			continue
		}
		out.Assign[g.param.ID] = g.source
	}
	if len(out.Assign) == 0 {
		return Proposal{}, answerError(NoChange, "the answer repeats the current source of %s, so it changes nothing", strings.Join(same, ", "))
	}
	return out, nil
}

// duplicates reports the parameters that more than one block sets.
func (r *reader) duplicates() []problem {
	lines := make(map[*Param][]string)
	for _, g := range r.given {
		lines[g.param] = append(lines[g.param], fmt.Sprint(g.line))
	}
	var out []problem
	for _, g := range r.given {
		if l := lines[g.param]; len(l) > 1 {
			out = append(out, problem{g.line, fmt.Sprintf("%d blocks set %s (lines %s): give exactly one", len(l), g.param.display(), strings.Join(l, ", "))})
			delete(lines, g.param)
		}
	}
	return out
}
