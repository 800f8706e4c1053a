package train

import (
	"cmp"
	"strings"

	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/internal/ui"
)

// autoSearch is the word for the strategy that fits the other flags.
const autoSearch = "auto"

// Defaults of the search. An answer of a model costs money and a change by the
// embedded optimizer nothing, which never suggests the same twice and says when
// it has nothing left.
const (
	stepsWithoutModel = 20
	stepsWithModel    = 5

	searchProposals    = 32 // of a step, for all parents
	optoprimeProposals = 1  // for each parent

	defaultParents = 2 // where there can be several

	patience     = 3 // with a model
	patienceMany = 5 // where steps go on from different programs
)

// completeSearch fills in how to search, and refuses what makes no sense.
func (o *Options) completeSearch() error {
	if err := o.checkSearch(); err != nil {
		return err
	}
	if o.Search == "" || o.Search == autoSearch {
		o.autoSearch = o.Parents == 0
		o.Search = o.auto()
	}
	single := o.Search == strategy.BestOfN || o.Search == strategy.Sequential
	if o.Parents == 0 {
		o.Parents = defaultParents
		if single {
			o.Parents = 1
		}
	}
	model := o.Optimizer != optimizerSearch
	steps, proposals := stepsWithoutModel, max(1, searchProposals/o.Parents)
	if model {
		steps, proposals = stepsWithModel, optoprimeProposals
	}
	if o.Search == strategy.BestOfN {
		steps, proposals = 1, steps*proposals // as many as another search asks for
	}
	o.Steps, o.Proposals = cmp.Or(o.Steps, steps), cmp.Or(o.Proposals, proposals)
	if o.Patience == nil {
		n := 0
		switch {
		case !model || o.Search == strategy.BestOfN:
		case o.Search == strategy.Pareto || o.Search == strategy.UCB:
			n = patienceMany
		default:
			n = patience
		}
		o.Patience = &n
	}
	return nil
}

// auto chooses a strategy by what BENCHMARKS.md has about them. There a model
// was not measured, and it is paid for each parent: with one, auto takes what
// asks least, unless several parents are wanted.
func (o *Options) auto() string {
	if o.Bench == "" && o.Parents != 1 && (o.Optimizer == optimizerSearch || o.Parents > 1) {
		return strategy.Pareto
	}
	return strategy.Sequential
}

func (o *Options) checkSearch() error {
	word := o.Search
	if word != "" && word != autoSearch && strategy.New(word) == nil {
		return ui.Errorf("-search %s: no such strategy", word).
			WithHint("there are %s, and auto", strings.Join(strategy.Names, ", "))
	}
	several := word == strategy.Beam || word == strategy.Pareto || word == strategy.UCB
	switch {
	case o.Parents > 1 && (word == strategy.BestOfN || word == strategy.Sequential):
		what := "every step goes on from the best program"
		if word == strategy.BestOfN {
			what = "all proposals are for the original"
		}
		return ui.Errorf("-search %s -parents %d: %s, so there is one parent", word, o.Parents, what).
			WithHint("-proposals says how many are made for it; beam, pareto and ucb have several parents")
	case word == strategy.BestOfN && o.Steps > 1:
		return ui.Errorf("-search %s -steps %d: everything is asked for in one step", word, o.Steps).
			WithHint("say how many with -proposals")
	case word == strategy.BestOfN && o.Patience != nil && *o.Patience > 0:
		return ui.Errorf("-search %s -patience %d: there is one step only", word, *o.Patience)
	case o.Bench != "" && (several || o.Parents > 1):
		flag := "-search " + word
		if !several {
			flag = "-parents with more than 1"
		}
		return ui.Errorf("%s does not go with -bench: candidates are measured beside their parent, and those of different parents have no common scale", flag).
			WithHint("sequential compares with the best program so far, best-of-n with the original")
	}
	return nil
}

// asked is how many proposals the run asks for at most.
func (o *Options) asked() int { return o.Steps * o.Parents * o.Proposals }
