package train

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/proxy"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// keyName is the variable whose value no program under training gets to see.
const keyName = "OPENAI_API_KEY"

// checkProxy refuses what does not go together with -proxy.
func (o *Options) checkProxy(spec llm.Spec) error {
	if !o.Proxy {
		return nil
	}
	if o.Bench != "" {
		// Each iteration would be a call of its own, and what is measured would
		// depend on which of them are paid for already.
		return ui.Errorf("-proxy and -bench do not go together: a benchmark would measure the proxy").
			WithHint("give the benchmark a model of its own that answers at once, such as an httptest server")
	}
	for _, e := range o.Env {
		switch name, _, _ := strings.Cut(e, "="); name {
		case keyName, "OPENAI_BASE_URL", "OPENAI_API_BASE":
			return ui.Errorf("-proxy sets %s for the program, so -env cannot", name).WithHint("leave out one of them")
		}
	}
	if o.offline(spec) {
		return nil
	}
	_, _, err := llm.Server("-proxy", o.getenv)
	return err
}

// offline reports whether answers come from a recording only.
func (o *Options) offline(spec llm.Spec) bool {
	return o.replay != nil || spec.Provider == llm.Replay
}

// openProxy starts the proxy, if the run has one. The answers of an earlier run,
// or of this one before it was resumed, are given again; it may be nil.
func (s *session) openProxy(ctx context.Context, spec llm.Spec, earlier *journal.Run) error {
	if !s.opt.Proxy {
		return nil
	}
	opt := proxy.Options{
		Store: newExchanges(s.log, earlier), Offline: s.opt.offline(spec),
		Meter: s.meter, Prices: s.opt.prices, MaxTokens: s.opt.MaxTokens,
		Timeout: s.opt.LLMTimeout,
	}
	if !opt.Offline {
		var err error
		if opt.Base, opt.Key, err = llm.Server("-proxy", s.opt.getenv); err != nil {
			return err
		}
	}
	var err error
	if s.proxy, err = proxy.Start(ctx, opt); err != nil {
		return fmt.Errorf("-proxy: %w", err)
	}
	if opt.Offline {
		s.ui.say("proxy: the program gets recorded answers")
	} else {
		s.ui.say("proxy: the program asks %s through tracetrain", opt.Base.Redacted())
	}
	return nil
}

// lend lets the processes of one evaluation use the proxy. The function that it
// returns ends that; its error says why the evaluation counts for nothing.
// Each sample gets answers of its own.
func (s *session) lend(u *unit, opt *build.RunOptions, sample int) (done func() error) {
	if s.proxy == nil {
		return func() error { return nil }
	}
	label := u.pkg
	if opt.Run != "" && opt.Run != s.opt.Run {
		label += " " + opt.Run
	}
	lease := s.proxy.Lease(label, sample)
	opt.Set = append(opt.Set, lease.Env()...)
	return func() error {
		if err := lease.Close(); err != nil {
			return &voidError{s.voided(err)}
		}
		return nil
	}
}

// A voidError says why an evaluation counts for nothing.
type voidError struct{ err error }

func (e *voidError) Error() string { return e.err.Error() }
func (e *voidError) Unwrap() error { return e.err }

// voided turns the reason why an evaluation does not count into the error that
// ends the run.
func (s *session) voided(err error) error {
	var missing *proxy.MissingError
	var price *proxy.PriceError
	switch {
	case errors.As(err, &missing):
		if run := s.opt.replay; run != nil && !endedByItself(run) || run != nil && endedForBudget(run) {
			return errReplayEnd // as far as the recorded run had come
		}
		return ui.Failf("%w", err).WithHint("a replay has only what the recorded run asked: the program must ask the same again, without times or random numbers in it")
	case errors.As(err, &price):
		return ui.Failf("%w", err).WithHint("write a line %q, dollars for a million tokens, into a file and name it with TRACE_PRICES; or limit tok or calls instead of usd", price.Model+" PROMPT ANSWER")
	}
	return err
}

// hintProxy tells about -proxy where cases fail in a program that asks a model.
func (s *session) hintProxy() {
	if s.opt.Proxy || !s.asksModel() {
		return
	}
	s.ui.hint("the code asks a model, which it cannot here: -proxy lets it, with the key kept from it and all calls counted")
}

// asksModel reports whether the packages look like it.
func (s *session) asksModel() bool {
	found := false
	for _, f := range syntaxOf(s.base) {
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text := strings.Trim(lit.Value, "`\"")
				found = found || text == keyName || text == "OPENAI_BASE_URL" || strings.HasPrefix(text, "github.com/") && strings.Contains(text, "openai")
			}
			return !found
		})
	}
	return found
}

// endedForBudget reports whether a run ended because of its budget.
func endedForBudget(run *journal.Run) bool {
	if run.End == nil {
		return false
	}
	billed := &llm.BudgetError{Billed: true}
	return run.End.Reason == llm.ErrBudget.Error() || run.End.Reason == billed.Reason()
}

// proxyText says how often the program asked.
func (s *session) proxyText() string {
	if s.proxy == nil {
		return ""
	}
	return ", " + plural(s.proxy.Answered(), "answer") + " of the proxy given again"
}
