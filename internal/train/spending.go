package train

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
)

// Budget limits what a run spends.
type Budget = llm.Budget

// ParseBudget reads "2.50usd,200000tok,40calls,500evals".
func ParseBudget(s string) (Budget, error) { return llm.ParseBudget(s) }

// guessedAnswer is how many tokens an answer has, probably: some sentences and
// a function or two.
const guessedAnswer = 1500

// priceOf looks up what the model of spec costs. It is an error if the budget
// needs that and no table has it.
func (o *Options) priceOf(spec llm.Spec) (*llm.Price, error) {
	var err error
	if o.prices, err = llm.LoadPrices(o.getenv); err != nil {
		return nil, err
	}
	if spec.Provider == llm.None || spec.Provider == llm.Replay {
		return &llm.Price{}, nil // it costs nothing
	}
	var price *llm.Price
	if spec.Provider == llm.OpenAI {
		price = o.prices.Of(spec.Arg)
	}
	if price != nil || o.Budget.Cost == 0 {
		return price, nil
	}
	e := ui.Errorf("-budget %v: what %v costs is not known", o.Budget, spec)
	if spec.Provider == llm.Exec {
		return nil, e.WithHint("the command knows its prices, not this program: limit tok or calls instead of usd")
	}
	return nil, e.WithHint("write a line %q, dollars for a million tokens, into a file and name it with TRACE_PRICES; or limit tok or calls instead of usd", spec.Arg+" PROMPT ANSWER")
}

// newMeter makes the meter of the run. A replay pays for nothing: where it
// ends is up to the recording.
func (s *session) newMeter() {
	limit := s.opt.Budget
	if s.opt.replay != nil {
		limit = Budget{}
	}
	s.meter = llm.NewMeter(limit, s.past.spent(), func(over *llm.BudgetError) {
		s.ui.warn("%v: no further call is made", over)
	})
}

// modelText says what the model may spend.
func (s *session) modelText(p *optimizer.Problem) string {
	n := s.opt.asked()
	// Every proposal may need one repair turn.
	least, most := n, 2*n
	if b := s.opt.Budget.Calls; b > 0 {
		least, most = min(least, b), min(most, b)
	}
	return fmt.Sprintf("model: %s; up to %s, %d with repairs%s", s.model.client.Spec(), plural(least, "call"), most, s.estimate(p, least, most))
}

// prompter is an optimizer that can say how it asks.
type prompter interface {
	Prompt(*optimizer.Problem) []llm.Message
	// MaxPrompt bounds the prompt of a call and of its repair, in bytes.
	MaxPrompt() (first, repair int)
}

// estimate says what so many calls use, probably and at most. It is made from
// the prompt of the first step.
func (s *session) estimate(p *optimizer.Problem, least, most int) string {
	o, ok := s.opter.(prompter)
	if !ok || s.opt.replay != nil {
		return ""
	}
	bytes := 0
	for _, m := range o.Prompt(p) {
		bytes += len(m.Content)
	}
	prompt, answer := least*bytes/4, least*guessedAnswer
	text := fmt.Sprintf("; probably about %s%s", plural(prompt+answer, "token"), s.priced(prompt, answer))

	answerMost := s.opt.MaxTokens
	budget := s.opt.Budget
	if answerMost == 0 && (budget.Tokens > 0 || budget.Cost > 0) {
		answerMost = llm.MaxAnswer
	}
	if answerMost == 0 {
		return text + ", without a bound on the length of answers"
	}
	first, repair := o.MaxPrompt()
	repairs := max(most-least, 0)
	prompt = (most-repairs)*llm.PromptBound(first, 2) + repairs*llm.PromptBound(repair, 4)
	answer = most * answerMost
	tokens := prompt + answer
	if budget.Tokens > 0 {
		tokens = min(tokens, budget.Tokens)
	}
	text += ", at most " + plural(tokens, "token")
	if price := s.opt.price; price != nil && *price != (llm.Price{}) {
		cost := price.Cost(prompt, answer)
		if budget.Cost > 0 {
			cost = min(cost, budget.Cost)
		}
		text += ", " + cost.String()
	}
	return text + ", apart from further attempts"
}

func (s *session) priced(prompt, answer int) string {
	if price := s.opt.price; price != nil && *price != (llm.Price{}) {
		return ", " + price.Cost(prompt, answer).String()
	}
	return ""
}

// sayPrices tells about a model whose cost is not known.
func (s *session) sayPrices() {
	if s.opt.price == nil && s.model.server {
		s.ui.say("what %s costs is not known, so only its tokens are counted", s.model.client.Spec())
	}
}

// spentText says what calls used.
func spentText(spent llm.Spent) string {
	about := ""
	if spent.Guess {
		about = "about "
	}
	text := plural(spent.Calls, "call") + ", " + about + plural(spent.Tokens, "token")
	if spent.Cost > 0 {
		text += ", " + about + spent.Cost.String()
	}
	return text
}

// evalsLeft is how many candidates may still be evaluated.
func (s *session) evalsLeft() int {
	if s.opt.Budget.Evals == 0 {
		return maxEvals
	}
	return s.opt.Budget.Evals - s.count.evals
}

const maxEvals = 1 << 30

// takeEvals counts evaluations of a round, if the budget has them. Several rounds
// may go on at a time.
func (s *session) takeEvals(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evalsLeft() < n {
		return false
	}
	s.count.evals += n
	return true
}

// countEvals counts evaluations that are over.
func (s *session) countEvals(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.evals += n
}

// errEvals ends a run that evaluated as many candidates as it may.
func (s *session) errEvals() error {
	return &llm.BudgetError{Why: fmt.Sprintf("it allows %s", plural(s.opt.Budget.Evals, "evaluation"))}
}

// withinEvals leaves out the candidates for which the budget has no evaluation.
// Which ones that are does not depend on how many run at a time.
func (s *session) withinEvals(cands []*candidate) {
	for _, c := range cands {
		if c.rejected != "" || c.again {
			continue
		}
		if s.evalsLeft() <= 0 {
			c.skipped = true
			continue
		}
		s.count.evals++
	}
}

// stopReason is why a run ends that err ended, empty if err is no end but a
// failure. Details of a budget are told.
func (s *session) stopReason(err error) string {
	if errors.Is(err, errReplayEnd) {
		return errReplayEnd.Error()
	}
	var over *llm.BudgetError
	if !errors.As(err, &over) {
		return ""
	}
	if err != error(over) || !over.Billed { // else it was said at once
		s.ui.say("%v", err)
	}
	return over.Reason()
}

// ParseMaxTokens reads the value of -max-tokens.
func ParseMaxTokens(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 16 || n > 1<<24 {
		return 0, fmt.Errorf("want a number of tokens from 16 to %d", 1<<24)
	}
	return n, nil
}
