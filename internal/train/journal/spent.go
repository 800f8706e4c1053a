package journal

import "github.com/opto-go/trace/internal/llm"

// Spent is what the recorded calls used, those of the program among them.
func (r *Run) Spent() llm.Spent {
	var sum llm.Spent
	for _, c := range r.Calls {
		sum = sum.Plus(c.spent())
	}
	for _, x := range r.Exchanges {
		sum = sum.Plus(x.Spent)
	}
	return sum
}

// spent is what a call used. Runs of older versions say it only for an answer.
func (c *Call) spent() llm.Spent {
	if c.Spent != nil {
		return *c.Spent
	}
	return llm.Spent{Calls: 1, Tokens: c.PromptTokens + c.CompletionTokens, Guess: c.Estimated}
}
