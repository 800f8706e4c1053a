package search

import (
	"context"
	"fmt"
	"testing"

	"github.com/opto-go/trace/optimizer"
)

// An evaluator runs the cases of full assignments (ID → source).
type evaluator func(t testing.TB, candidates []map[string]string) [][]optimizer.Case

// A training is the plainest loop around an optimizer: evaluate a batch, move
// to the best candidate if it is better.
type training struct {
	problem optimizer.Problem
	evals   int // candidates that were run
	green   bool
	failed  int
	score   float64
	reload  func(full map[string]string) []optimizer.Param // nil: the syntax stays the first one
	byScore bool                                           // equal failures compare by mean score
}

func newTraining(params []optimizer.Param, cases []optimizer.Case, seed int64) *training {
	tr := &training{problem: optimizer.Problem{Params: params, Cases: cases, Seed: seed, Step: 1}}
	tr.failed, tr.score = failedOf(cases), mean(cases)
	tr.green = tr.failed == 0
	return tr
}

// next returns the proposals of a batch and the assignments to run.
func (tr *training) next(t testing.TB, n int) ([]optimizer.Proposal, []map[string]string) {
	t.Helper()
	props, err := New().Propose(context.Background(), &tr.problem, n)
	if err != nil {
		t.Fatal(err)
	}
	full := make([]map[string]string, len(props))
	for i, p := range props {
		full[i] = map[string]string{}
		for _, pa := range tr.problem.Params {
			full[i][pa.ID] = pa.Source
		}
		for id, text := range p.Assign {
			full[i][id] = text
		}
	}
	return props, full
}

// learn notes the results of a batch.
func (tr *training) learn(props []optimizer.Proposal, results [][]optimizer.Case) {
	best, bestFailed, bestScore := -1, tr.failed, tr.score
	first := len(tr.problem.History)
	for i, cases := range results {
		tr.evals++
		failed := failedOf(cases)
		a := optimizer.Attempt{Step: tr.problem.Step, Proposal: props[i], Failed: failed, Total: len(cases), Cases: map[string]float64{}}
		for _, c := range cases {
			a.Cases[c.Name] = c.Score
			if failing(c) && a.Feedback == "" && len(c.Feedback) > 0 {
				a.Feedback = c.Feedback[0]
			}
		}
		a.Score = mean(cases)
		tr.problem.History = append(tr.problem.History, a)
		if failed < bestFailed || tr.byScore && failed == bestFailed && a.Score > bestScore {
			best, bestFailed, bestScore = i, failed, a.Score
		}
		if failed == 0 {
			break // the rest of the batch would not have been run
		}
	}
	tr.problem.Step++
	if best < 0 {
		return
	}
	tr.problem.History[first+best].Accepted = true
	tr.problem.Cases = results[best]
	tr.green = bestFailed == 0
	params := append([]optimizer.Param(nil), tr.problem.Params...)
	for i := range params {
		if text, ok := props[best].Assign[params[i].ID]; ok {
			params[i].Source = text
		}
	}
	tr.problem.Params = params
	tr.failed, tr.score = bestFailed, bestScore
	if tr.reload != nil {
		full := map[string]string{}
		for _, p := range params {
			full[p.ID] = p.Source
		}
		tr.problem.Params = tr.reload(full)
	}
}

func mean(cases []optimizer.Case) float64 {
	sum := 0.0
	for _, c := range cases {
		sum += c.Score / float64(len(cases))
	}
	return sum
}

func failedOf(cases []optimizer.Case) int {
	n := 0
	for _, c := range cases {
		if failing(c) {
			n++
		}
	}
	return n
}

// log tells the accepted steps, for whoever reads -v.
func (tr *training) log(t testing.TB, name string) {
	t.Helper()
	var steps []string
	for i, a := range tr.problem.History {
		if a.Accepted {
			steps = append(steps, fmt.Sprintf("#%d %s (%d failed)", i+1, a.Proposal.Reasoning, a.Failed))
		}
	}
	t.Logf("%s: green %v after %d candidates %q", name, tr.green, tr.evals, steps)
}
