package llm

import (
	"context"
	"fmt"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/opto-go/trace/internal/ui"
)

// Recorded is a store of the calls of an earlier run.
type Recorded interface {
	// Answer returns what was asked under key and what came back.
	Answer(key Key) (Request, Response, bool)
}

// replay answers from a recording.
type replay struct {
	spec Spec
	opt  Options
}

func newReplay(spec Spec, opt Options) (Client, error) {
	if opt.Recorded == nil {
		return nil, ui.Errorf("%s: no recording was given", spec)
	}
	return &replay{spec, opt}, nil
}

func (r *replay) Spec() string { return r.spec.String() }

func (r *replay) Complete(ctx context.Context, req Request) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	recorded, resp, ok := r.opt.Recorded.Answer(req.Key)
	if !ok {
		return Response{}, ui.Errorf("%s: the recording has no answer for %s", r.spec, req.Key).
			WithHint("the run goes another way than the recorded one; name a model with -llm to go on from here")
	}
	diff := DiffPrompts(recorded.Messages, req.Messages)
	switch {
	case diff == "":
	case r.opt.Strict:
		return Response{}, ui.Errorf("%s: the prompt of %s differs from the recorded one:\n%s", r.spec, req.Key, diff)
	case r.opt.OnChange != nil:
		r.opt.OnChange(req.Key, diff)
	}
	return resp, nil
}

// String names the call the way messages do.
func (k Key) String() string {
	return fmt.Sprintf("step %d, slot %d, repair %d", k.Step, k.Slot, k.Repair)
}

// Prompt renders a conversation as readable text. The first turns are joined
// as they are; a later turn stands under a line that says whose it is.
func Prompt(messages []Message) string {
	var b strings.Builder
	for i, m := range messages {
		if i > 0 {
			b.WriteString("\n\n")
		}
		switch {
		case m.Role == "assistant":
			b.WriteString("-------- your answer --------\n\n")
		case i > 0 && messages[i-1].Role == "assistant":
			b.WriteString("-------- reply --------\n\n")
		}
		b.WriteString(strings.TrimRight(m.Content, "\n"))
	}
	b.WriteByte('\n')
	return b.String()
}

// DiffPrompts returns a unified diff of two conversations, empty if they are
// the same. It is bounded.
func DiffPrompts(recorded, now []Message) string {
	same := len(recorded) == len(now)
	for i := 0; same && i < len(now); i++ {
		same = recorded[i] == now[i]
	}
	if same {
		return ""
	}
	diff := udiff.Unified("recorded prompt", "prompt now", Prompt(recorded), Prompt(now))
	if diff == "" {
		diff = "the roles of the messages differ\n"
	}
	const most = 16 << 10
	if len(diff) > most {
		diff = strings.ToValidUTF8(diff[:most], "") + "\n… (the rest of the difference is left out)\n"
	}
	return diff
}
