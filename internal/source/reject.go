package source

import (
	"fmt"
	"go/token"
	"strings"
)

// A Stage is a step of [Checker.Check].
type Stage string

// The stages, in the order in which they run; size has a second part after
// types, for what only they tell.
const (
	StageSize       Stage = "size"
	StageParse      Stage = "parse"
	StageSignature  Stage = "signature"
	StageTypes      Stage = "types"
	StageConstraint Stage = "constraint"
	StageAllowlist  Stage = "allowlist"
)

// A Rejection says why a proposal is not a candidate.
type Rejection struct {
	Stage Stage
	Param string         // ID
	Pos   token.Position // in the proposed text, without a file name; zero if the whole is meant
	Msg   string         // for the author of the proposal: what is wrong where, and a hint
}

func (r *Rejection) Error() string {
	return fmt.Sprintf("%s: %s: %s", r.Stage, r.Param, r.Msg)
}

// A finding is one thing wrong with a proposed text.
type finding struct {
	pos  token.Position // line 0: no place in the proposed text
	msg  string
	hint string
}

// maxFindings is how many findings of one stage are told at once: enough to
// mend several in one turn, few enough to be read.
const maxFindings = 5

// reject makes one rejection of all findings in the proposed text src.
func reject(stage Stage, p *Param, src string, list ...finding) *Rejection {
	var b strings.Builder
	lines := strings.Split(src, "\n")
	hints := make(map[string]bool)
	for i, f := range list {
		if i == maxFindings {
			fmt.Fprintf(&b, "\n… and %d more", len(list)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		if n := f.pos.Line; n > 0 && n <= len(lines) {
			fmt.Fprintf(&b, "line %d:%d: %s\n\t%d | %s", n, f.pos.Column, f.msg, n, excerpt(lines[n-1]))
		} else {
			b.WriteString(f.msg)
		}
		if f.hint != "" && !hints[f.hint] {
			hints[f.hint] = true
			b.WriteString("\nhint: " + f.hint)
		}
	}
	r := &Rejection{Stage: stage, Param: p.ID, Msg: b.String()}
	if len(list) > 0 {
		r.Pos = list[0].pos
	}
	return r
}

// excerpt shortens a line to what fits a message.
func excerpt(line string) string {
	const most = 160
	line = strings.ToValidUTF8(strings.TrimRight(line, "\r"), "\uFFFD")
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + "…"
	}
	return line
}
