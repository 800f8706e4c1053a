package journal

import "github.com/opto-go/trace/internal/llm"

// Spent is what the recorded calls used, those of the program among them. Of a
// call that never came to its end that is not known: its worst case counts.
func (r *Run) Spent() llm.Spent {
	var sum llm.Spent
	ended := map[llm.Key]int{}
	for _, c := range r.Calls {
		sum = sum.Plus(c.spent())
		ended[c.Key]++
	}
	for _, a := range r.Asked {
		if ended[a.Key]--; ended[a.Key] < 0 {
			lost := a.Worst
			lost.Calls, lost.Guess = 1, true
			sum = sum.Plus(lost)
		}
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
