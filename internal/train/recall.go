package train

import (
	"context"
	"fmt"
	"time"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// A recall is what the journal of a resumed run holds already. The run goes
// through its steps again from the baseline; where something was paid for, or
// was run to its end, the journal answers.
type recall struct {
	run       *journal.Run
	evaluated map[journal.Hash]keptEvaluation
	verified  map[journal.Hash]keptEvaluation
	calls     map[llm.Key]*journal.Call // the last that gave an answer, else the last
	asked     int                       // the last step with a call that came to its end
	proposed  int                       // the last step with a candidate
	lost      int                       // calls that never came to their end
	total     llm.Spent                 // what all calls used, at most
}

// A keptEvaluation is why a candidate did not run, or the blob of its results.
type keptEvaluation struct {
	rejected string
	results  journal.Hash
}

func newRecall(run *journal.Run) *recall {
	r := &recall{
		run:       run,
		evaluated: map[journal.Hash]keptEvaluation{},
		verified:  map[journal.Hash]keptEvaluation{},
		calls:     map[llm.Key]*journal.Call{},
	}
	keep := func(m map[journal.Hash]keptEvaluation, h journal.Hash, k keptEvaluation) {
		// A candidate without a hash was rejected before it was evaluated.
		if _, ok := m[h]; !ok && h != "" && (k.rejected != "" || k.results != "") {
			m[h] = k
		}
	}
	for _, c := range run.Candidates {
		r.proposed = max(r.proposed, c.Step)
		keep(r.evaluated, c.Hash, keptEvaluation{c.Rejected, c.Results})
	}
	for _, v := range run.Verified {
		keep(r.verified, v.Hash, keptEvaluation{v.Rejected, v.Results})
	}
	ended := map[llm.Key]int{}
	for i := range run.Calls {
		c := &run.Calls[i]
		ended[c.Key]++
		r.asked = max(r.asked, c.Key.Step)
		if old := r.calls[c.Key]; old == nil || old.Answer == "" || c.Answer != "" {
			r.calls[c.Key] = c
		}
	}
	for _, a := range run.Asked {
		if ended[a.Key]--; ended[a.Key] < 0 {
			r.lost++
		}
	}
	r.total = run.Spent()
	run.Candidates, run.Verified = nil, nil // large, and over
	return r
}

// wentOn reports whether a run went on after the call under key, whatever came
// of it. A call that failed is part of what happened then; otherwise it may be
// what stopped the run, and is made again.
func (r *recall) wentOn(key llm.Key) bool {
	return key.Step < r.asked || key.Step <= r.proposed
}

// spent is what the run had used when it was stopped. Calls that gave no answer
// count against the budget like any other, those that were lost with their
// worst case.
func (r *recall) spent() llm.Spent {
	if r == nil {
		return llm.Spent{}
	}
	return r.total
}

// has reports whether the journal has what became of the call under key. Such a
// call is not made, and has been counted.
func (r *recall) has(key llm.Key) bool {
	if r == nil {
		return false
	}
	call := r.calls[key]
	return call != nil && (call.Answer != "" || r.wentOn(key))
}

// evaluations is the number of those that the journal holds.
func (r *recall) evaluations() int {
	n := len(r.evaluated) + len(r.verified)
	if r.run.Baseline != nil && len(r.run.Originals) == 0 { // it was run once, by an earlier version
		n++
	}
	return n + len(r.run.Originals)
}

// answers is the number of those that the journal holds.
func (r *recall) answers() int {
	n := 0
	for _, c := range r.calls {
		if c.Answer != "" {
			n++
		}
	}
	return n
}

// recalled returns results out of the journal.
func (s *session) recalled(k keptEvaluation) (*evaluation, error) {
	if k.rejected != "" {
		return &evaluation{rejected: k.rejected}, nil
	}
	raw, err := s.readResults(s.past.run.Blob, k.results)
	if err != nil {
		return nil, ui.Errorf("the journal of run %s is damaged: %w", s.id(), err).
			WithHint("tracetrain -llm replay:%s begins a run of its own with the answers that can be read", s.id())
	}
	return raw, nil
}

// baselineOnce runs the original, unless the journal has what that gave.
func (s *session) baselineOnce(ctx context.Context, orig *repeated) (*evaluation, error) {
	if s.past == nil || s.past.run.Baseline == nil {
		return s.originalOnce(ctx, 0, orig, false, "")
	}
	b := s.past.run.Baseline
	results := b.Results
	if s.opt.Holdout != "" && b.Held != nil {
		results = b.Held.Results
	}
	raw, err := s.recalled(keptEvaluation{results: results})
	if err == nil {
		raw.weak = b.Weak
	}
	return raw, err
}

// originalOnce runs the original for the nth time, unless the journal has what
// that gave. Where scores count, models are asked anew: what they answer may be
// what varies. Shuffle is the order of the tests.
func (s *session) originalOnce(ctx context.Context, n int, orig *repeated, scores bool, shuffle string) (*evaluation, error) {
	if s.past != nil {
		for _, o := range s.past.run.Originals {
			if o.Run == n && o.Shuffle == shuffle {
				raw, err := s.recalled(keptEvaluation{results: o.Results})
				if err == nil {
					raw.weak = o.Weak
					s.noteBusy(time.Duration(o.BusyMS) * time.Millisecond)
				}
				return raw, err
			}
		}
	}
	how := running{everything: true, shuffle: shuffle}
	if scores {
		how.round = n
	}
	raw, err := orig.run(ctx, how)
	if err != nil || raw.rejected != "" {
		return raw, err
	}
	s.noteBusy(raw.busy)
	return raw, s.log.Append(journal.Record{Original: &journal.Original{Run: n, Results: raw.results, BusyMS: upMS(raw.busy), Weak: raw.weak, Shuffle: shuffle}})
}

// compareOnce runs the original in the user's environment and outside of the
// sandbox, unless the journal has what that gave. If cases pass there that fail in
// base, and there is a sandbox, it runs also in the clean environment outside of
// it; else the second evaluation is nil. Both are if the original does not run.
func (s *session) compareOnce(ctx context.Context, base *evaluation, orig *repeated) (own, outside *evaluation, err error) {
	if s.past != nil && s.past.run.Compared != nil {
		c := s.past.run.Compared
		if own, err = s.recalled(keptEvaluation{results: c.Results}); err == nil && c.Outside != "" {
			outside, err = s.recalled(keptEvaluation{results: c.Outside})
		}
		return own, outside, err
	}
	if own, err = orig.run(ctx, running{userEnv: true, outside: true}); err != nil || own.rejected != "" {
		return nil, nil, err
	}
	own.drop()
	kept := &journal.Compared{Results: own.results}
	if s.opt.box != nil && len(s.mended(base, own)) > 0 {
		if outside, err = orig.run(ctx, running{outside: true}); err != nil || outside.rejected != "" {
			return nil, nil, err
		}
		outside.drop()
		kept.Outside = outside.results
	}
	return own, outside, s.log.Append(journal.Record{Compared: kept})
}

// evaluateOnce evaluates a candidate, unless the journal has what that gave.
func (s *session) evaluateOnce(ctx context.Context, c *candidate) (*evaluation, error) {
	if s.past != nil {
		if k, ok := s.past.evaluated[c.hash]; ok {
			return s.judged(k, running{})
		}
	}
	return s.evaluateNew(ctx, c)
}

// verifyOnce evaluates a winner in a fresh process, unless the journal has what
// that gave.
func (s *session) verifyOnce(ctx context.Context, st *state) (*evaluation, error) {
	if s.past != nil {
		if k, ok := s.past.verified[st.hash]; ok {
			return s.judged(k, running{everything: true})
		}
	}
	ev, err := s.evaluate(ctx, st.files, nil, running{everything: true})
	if err == nil && ev.rejected != "" {
		ev, err = s.evaluate(ctx, st.files, nil, running{everything: true}) // it did compile: the toolchain had a bad moment
	}
	if err != nil {
		return nil, err
	}
	rec := &journal.Verified{Hash: st.hash, Rejected: ev.rejected, Results: ev.results}
	if ev.rejected == "" {
		rec.Total, rec.Held = &ev.total, s.held.record(ev.held, "")
	}
	return ev, s.log.Append(journal.Record{Verified: rec})
}

// reorderedOnce evaluates a winner again in one of the orders of the tests that it had
// before, unless the journal has what that gave.
func (s *session) reorderedOnce(ctx context.Context, st *state, how running) (*evaluation, error) {
	how.testsOnly = true
	rec := journal.Reordered{Hash: st.hash, Shuffle: s.shuffleFor(st.hash, how)}
	if s.past != nil {
		for _, r := range s.past.run.Reordered {
			if r.Hash == rec.Hash && r.Shuffle == rec.Shuffle {
				return s.judged(keptEvaluation{r.Rejected, r.Results}, how)
			}
		}
	}
	ev, err := s.evaluate(ctx, st.files, nil, how)
	if err != nil {
		return nil, err
	}
	ev.drop()
	rec.Rejected, rec.Results = ev.rejected, ev.results
	return ev, s.log.Append(journal.Record{Reordered: &rec})
}

func (s *session) judged(k keptEvaluation, how running) (*evaluation, error) {
	raw, err := s.recalled(k)
	if err != nil || raw.rejected != "" {
		return raw, err
	}
	return s.judge(raw, how), nil
}

// A paid client asks a model only for what the journal does not have, and only
// if the answer can be kept.
type paid struct {
	llm.Client
	free  bool       // its answers cost nothing
	again llm.Client // gives the answers of the journal
	past  *recall    // nil unless the run is resumed
	log   *journal.Writer
}

// keepingPaid wraps the client of the run.
func (s *session) keepingPaid(client llm.Client, opt llm.Options) (llm.Client, error) {
	spec, err := llm.Parse(client.Spec())
	if err != nil {
		return nil, err
	}
	p := &paid{Client: client, free: spec.Provider == llm.Replay, past: s.past, log: s.log}
	if s.past != nil {
		opt.Recorded = s.past.run
		if p.again, err = llm.New(llm.Spec{Provider: llm.Replay, Arg: s.id()}, opt); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Complete implements [llm.Client].
func (p *paid) Complete(ctx context.Context, req llm.Request) (llm.Response, error) {
	if p.past != nil {
		switch call := p.past.calls[req.Key]; {
		case call == nil:
		case call.Answer != "":
			if _, _, ok := p.past.run.Answer(req.Key); !ok {
				return llm.Response{}, ui.Errorf("%v: the answer was paid for, but its text is damaged in the journal", req.Key).
					WithHint("put back blobs/%s and blobs/%s, from a copy of the run", call.Prompt, call.Answer)
			}
			return p.again.Complete(ctx, req)
		case p.past.wentOn(req.Key):
			return llm.Response{}, fmt.Errorf("%s", call.Error)
		}
	}
	if !p.free {
		if err := p.log.Reserve(); err != nil {
			return llm.Response{}, ui.Errorf("%w", err).WithHint("make room, then go on with tracetrain resume")
		}
	}
	if err := p.log.Append(journal.Record{Asked: &journal.Asked{Key: req.Key, Worst: llm.Reserved(ctx)}}); err != nil {
		return llm.Response{}, err
	}
	return p.Client.Complete(ctx, req)
}
