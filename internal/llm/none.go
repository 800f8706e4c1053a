package llm

import (
	"context"

	"github.com/opto-go/trace/internal/ui"
)

// none is the client when no model was asked for. Nothing should call it; an
// optimizer that does gets told how a model is named.
type none struct{}

func (none) Spec() string { return None }

func (none) Complete(context.Context, Request) (Response, error) {
	return Response{}, ui.Errorf("this needs a language model and none was named").WithHint("add -llm with %s, or set $TRACE_LLM", Forms)
}
