package checker

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// Limits bound one check. An ordinary one takes milliseconds; of sixty texts that are
// made to be hard, the worst takes two seconds and ten megabytes.
type Limits struct {
	CPU  time.Duration // processor time
	Wall time.Duration // a last line, for a child that does not watch itself any more
	Heap int64         // bytes beyond twice of what the loaded program takes
}

// defaults are the limits for a program of so many bytes of source. A package is
// checked as a whole, at a megabyte or two in a second. Where many want to run, a
// process waits ten times as long as it runs, and more.
func defaults(bytes int64) Limits {
	const mega = 1 << 20
	cpu := 20*time.Second + time.Duration(bytes/mega)*10*time.Second
	return Limits{CPU: cpu, Wall: 15 * cpu, Heap: 1<<30 + 100*bytes}
}

// slack is what the kernel allows beyond the limit that the child watches, for what
// the runtime reserves and does not use.
const slack = 512 << 20

// An outcome is why there is no reply.
type outcome int

const (
	overTime outcome = iota + 1
	overWall
	overMemory
	crashed
)

// failure is a check without a reply.
type failure struct {
	outcome outcome
	limits  Limits
	said    string // how it crashed, one line
}

func (f *failure) Error() string {
	msg, hint := f.text()
	return msg + "\nhint: " + hint
}

// text words it for the author of the text.
func (f *failure) text() (msg, hint string) {
	const simpler = "make it smaller and simpler: shorter expressions, less nesting, fewer types and constants that are made of each other"
	switch f.outcome {
	case overTime:
		return fmt.Sprintf("checking this code took more than %v of processor time, so it was stopped", f.limits.CPU), simpler
	case overWall:
		return fmt.Sprintf("checking this code took longer than %v, so it was stopped", f.limits.Wall), simpler
	case overMemory:
		return fmt.Sprintf("checking this code took more than %d MB of memory, so it was stopped", f.limits.Heap>>20), simpler
	}
	return "the type checker crashed on this code: " + f.said, "write it in a more usual way"
}

// rejection refuses the proposal that it happened with.
func (f *failure) rejection(assign map[string]string) *source.Rejection {
	var ids []string
	for id := range assign {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	stage := source.StageSize
	if f.outcome == crashed {
		stage = source.StageTypes
	}
	return &source.Rejection{Stage: stage, Param: strings.Join(ids, ", "), Msg: f.Error()}
}

// answerError refuses the answer that it happened with.
func (f *failure) answerError() *optimizer.AnswerError {
	return &optimizer.AnswerError{Reason: optimizer.Invalid, Problems: []string{f.Error()}}
}

// lastWords are what a process said of its own crash, one line.
func lastWords(stderr string) string {
	found := ""
	for line := range strings.SplitSeq(stderr, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") {
			found = line
			break
		}
	}
	if len(found) > 200 {
		found = strings.ToValidUTF8(found[:200], "") + "…"
	}
	return found
}

// outOfMemory tells the runtime's words for memory that the system did not give.
func outOfMemory(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory")
}
