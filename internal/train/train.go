package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
)

// errMaxTime ends a run whose time is over.
var errMaxTime = errors.New(journal.TimeOver)

const (
	// interruptedText is why a run ended that a signal ended.
	interruptedText = journal.Interrupted
	// nothingToImprove is why a run ended whose baseline was perfect.
	nothingToImprove = "nothing to improve"
)

// Train runs one training run and prints its diff on opt.Stdout. The user's
// tree changes only if opt.Apply is set. When ctx ends, what was found so far
// stays in the journal.
func Train(ctx context.Context, opt Options) error {
	opt.events = newEvents(&opt)
	s, err := train(ctx, &opt)
	if s != nil {
		s.close()
	}
	return opt.events.done(s.explainRoom(err))
}

func train(ctx context.Context, opt *Options) (s *session, err error) {
	if opt.Environ == nil {
		opt.Environ = environ()
	}
	work, err := opt.newWork(ctx)
	if err != nil {
		return nil, stopped(ctx, err, nil)
	}
	defer func() {
		if s == nil {
			work.close()
		}
	}()
	if opt.Environ, err = build.Environ(ctx, opt.Dir, opt.Environ); err != nil {
		return nil, stopped(ctx, err, nil)
	}
	spec, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if err := opt.chooseSandbox(ctx, spec); err != nil {
		return nil, stopped(ctx, err, nil)
	}
	if opt.box != nil && !opt.box.Networks() {
		// Without a view of its own a program of root's, which runs as somebody
		// else, has its home in there.
		if err := work.LetPass(); err != nil {
			return nil, err
		}
	}
	if opt.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, opt.MaxTime, errMaxTime)
		defer cancel()
	}
	s, err = newSession(ctx, opt, work)
	if err != nil {
		return s, stopped(ctx, err, s)
	}
	if len(s.base.params) == 0 {
		return s, stopped(ctx, s.suggest(ctx), s)
	}
	if err := s.checkBranch(ctx); err != nil {
		return s, stopped(ctx, err, s)
	}
	if err := s.openJournal(spec); err != nil {
		return s, err
	}
	s.keepWarnings()
	s.introduceResume()
	if err := s.newOptimizer(ctx, spec); err != nil {
		return s, err
	}
	return s, s.run(ctx)
}

// run is a training run from the baseline to the summary.
func (s *session) run(ctx context.Context) error {
	orig := s.repeat(nil, nil)
	defer orig.remove()
	if err := s.baseline(ctx, orig); err != nil {
		if why := s.stopReason(err); why != "" {
			err = ui.Failf("the baseline was not done: %s", why)
		}
		return s.finish(ctx, nil, "", err)
	}
	s.ui.say("%s", s.foundText(s.base.eval))
	s.sayRed(s.base.eval)
	s.sayFlaky()
	s.sayOrder()
	s.sayNoise()
	if s.base.eval.weak != "" {
		s.ui.warn("results are read from the output of go test, which a test can forge: %s", s.base.eval.weak)
		if s.opt.Strict {
			return s.finish(ctx, nil, "", ui.Failf("-strict takes no results that can be forged"))
		}
	}
	if s.perfect(s.base.eval) {
		s.ui.say("every case passes and none reports a score: there is nothing to improve")
		s.ui.hint("write a test that fails, or report how good a result is with trace.Score")
		return s.finish(ctx, s.base, nothingToImprove, nil)
	}
	if err := s.compare(ctx, s.base.eval, orig); err != nil {
		if why := s.stopReason(err); why != "" {
			return s.finish(ctx, s.base, why, nil)
		}
		return s.finish(ctx, nil, "", err)
	}
	orig.remove()
	chain, reason, err := s.loop(ctx)
	if why := s.stopReason(err); why != "" {
		reason, err = why, nil
	}
	// What was found before the model failed, or time was over, is kept: it
	// passed its own evaluation.
	if err == nil {
		chain, err = s.shrink(ctx, chain)
		if why := s.stopReason(err); why != "" {
			reason, err = why, nil
		}
	}
	best := chain[len(chain)-1]
	switch {
	case err == nil:
		best, err = s.verifyWinner(ctx, chain)
		if s.verified = err == nil; s.verified {
			s.single.verified(chain, best)
		}
		if why := s.stopReason(err); why != "" {
			s.ui.warn("the winner is kept without a second run of it")
			best, reason, err = chain[len(chain)-1], why, nil
		}
	case ctx.Err() == nil:
		err = failed(err)
		if (s.gauge != nil || s.held != nil) && len(chain) > 1 { // what was measured once may have been luck
			var verr error
			if best, verr = s.verifyWinner(ctx, chain); verr != nil {
				err = verr
			}
		}
	case s.gauge != nil && len(chain) > 1:
		s.ui.warn("there was no time to measure the winner again beside the original")
	}
	return s.finish(ctx, best, reason, err)
}

// baseline evaluates the original and fixes what counts.
func (s *session) baseline(ctx context.Context, orig *repeated) error {
	s.ui.now("baseline")
	runs, flaky, err := s.baselineRuns(ctx, orig)
	if err != nil {
		return err
	}
	raw := runs[0]
	if raw.rejected != "" {
		return &ui.Error{Code: ui.Broken, Err: errors.New(raw.rejected), Hint: "go vet and go test say the same: mend that first"}
	}
	s.obj = s.newObjective(raw, flaky)
	if all := raw; s.opt.Holdout != "" {
		if raw, err = s.baselineApart(ctx, all); err != nil {
			return err
		}
		runs = append(runs, raw)
	}
	s.base.eval = s.obj.judge(raw)
	if err := s.findNoise(s.base.eval, runs); err != nil {
		return err
	}
	limit := s.fixTimeout()
	s.remember(s.base.code.Sum, s.base.eval)
	ev := s.base.eval
	if err := s.log.Append(journal.Record{Baseline: &journal.Baseline{
		Candidate: s.base.hash, Total: ev.total, Cases: ev.records(), Weak: ev.weak, Results: ev.results, Flaky: flaky,
		Held: s.held.baseline(), Vary: s.noise.vary(), Order: s.order, Limit: limit,
	}}); err != nil {
		return err
	}
	if s.bench != nil {
		if err := s.measureBaseline(ctx); err != nil {
			return err
		}
	}
	// Changing nothing is the first attempt: what comes later compares to it.
	first := s.attempt(0, optimizer.Proposal{}, ev, "")
	first.Accepted, first.Feedback = true, "" // the cases say what failed
	if s.bench != nil {
		s.describe(&first, s.base, nil)
	}
	s.pool = newPool(strategy.New(s.opt.Search), s.opt.Parents, s.opt.Seed, s.base, first)
	return nil
}

// finish writes the end of the run, prints the product and the summary, and
// turns cause into the error of the command.
func (s *session) finish(ctx context.Context, best *state, reason string, cause error) error {
	s.ui.done()
	interrupted := ctx.Err() != nil && !errors.Is(context.Cause(ctx), errMaxTime)
	timeUp := ctx.Err() != nil && !interrupted
	switch {
	case timeUp:
		reason, cause = errMaxTime.Error(), nil
		if s.base.eval == nil {
			cause = &ui.Error{Code: ui.Failed, Err: errors.New("the baseline was not done in time"), Hint: "give more than the " + s.opt.MaxTime.String() + " of -max-time"}
		}
	case interrupted:
		reason = interruptedText
	case cause != nil:
		reason = journal.FailedPrefix
	case s.held.refused():
		reason = heldOutWorse
	}
	if best == nil {
		best = s.base
	}
	end := &journal.End{Reason: reason, Best: best.hash}
	if s.held != nil {
		end.Held = s.held.gap
	}
	if reason == journal.FailedPrefix {
		end.Reason += ": " + firstLines(cause.Error(), 1)
	}
	if best.eval != nil {
		end.Total = best.eval.total
	}
	if m := s.finalMeasure(best); m != nil {
		end.Estimates = m.estimates()
	}
	end.Single = s.single.record(s)
	diff, err := s.diff(best.files)
	if err == nil && diff != "" {
		if end.Diff, err = s.log.Blob([]byte(diff)); err == nil {
			end.Files, err = s.filesBlob(best.files)
		}
	}
	if err == nil {
		err = s.log.Append(journal.Record{End: end})
	}
	if err != nil {
		cause = errors.Join(cause, err)
	}

	improved := diff != ""
	if improved {
		if err := s.product(diff, !interrupted); err != nil {
			return err
		}
	}
	s.summary(best, reason, improved)
	if s.base.eval != nil && s.canGoOn(reason) {
		s.ui.hint("tracetrain resume %s goes on from here", s.id())
	}
	if interrupted {
		if improved {
			s.ui.hint("tracetrain diff %s shows what was found so far", s.id())
		}
		return ui.Exit(ui.Failed)
	}
	if cause != nil {
		return cause
	}
	if err := s.strictly(best, improved); err != nil {
		return err
	}
	if improved && s.opt.Branch != "" {
		if err := s.commitBranch(ctx); err != nil {
			return err
		}
	}
	if improved && s.opt.Apply {
		if err := s.apply(best.files); err != nil {
			return err
		}
		s.ui.say("applied to %s", plural(len(best.files), "file"))
	} else if improved && s.opt.Branch == "" {
		s.ui.hint("apply it with: tracetrain apply %s", s.id())
	}
	return nil
}

// strictly is what -strict demands of a result, before anything is made of it.
// A replay is compared with its run in any case.
func (s *session) strictly(best *state, improved bool) error {
	switch {
	case !s.opt.Strict || s.opt.replay != nil:
	case !improved && !(best.eval != nil && s.perfect(best.eval)):
		return ui.Failf("nothing improved")
	case improved && !s.verified:
		return ui.Failf("the result was not run a second time, as -strict demands").
			WithHint("tracetrain resume %s with a larger -budget or -max-time does that", s.id())
	}
	return nil
}

// failed is the error of a run that something kept from going on, such as a
// model that does not answer. The request and the program were in order, so
// the code is 1.
func failed(err error) error {
	var e *ui.Error
	if errors.As(err, &e) && e.Err != nil {
		return &ui.Error{Code: ui.Failed, Err: e.Err, Hint: e.Hint}
	}
	return &ui.Error{Code: ui.Failed, Err: err}
}

// stopped replaces the error of a run that ended before it had a journal.
func stopped(ctx context.Context, err error, s *session) error {
	if ctx.Err() == nil || err == nil {
		return err
	}
	if s != nil {
		s.ui.done()
	}
	if errors.Is(context.Cause(ctx), errMaxTime) {
		return &ui.Error{Code: ui.Failed, Err: errMaxTime}
	}
	return ui.Failf("interrupted before the run began")
}

// summary says last what the run was.
func (s *session) summary(best *state, reason string, improved bool) {
	if s.base.eval == nil || s.bench != nil && s.base.eval.bench == nil {
		s.ui.say("run %s: %s", s.id(), reason)
		return
	}
	from, to := s.standText(s.base.eval), s.standText(best.eval)
	if m := s.finalMeasure(best); m != nil && improved {
		from, to = s.besideText(m, s.base, best)
	}
	if !improved {
		s.ui.say("run %s: %s: %s, nothing better was found%s", s.id(), reason, from, s.heldSummary(best))
	} else {
		s.ui.say("run %s: %s: %s → %s%s", s.id(), reason, from, to, s.heldSummary(best))
	}
	if improved {
		s.sayLeft(best.eval)
	}
	if s.single.proposals > 0 {
		s.ui.say("%s", s.single.text(s))
	}
	s.ui.say("%s, %s rejected, %s", plural(s.count.ran, "candidate"), plural(s.count.rejected, "proposal"), spentText(s.meter.Spent())+s.proxyText())
	if s.model == nil && (best.eval.total.Failed > 0 || s.bench != nil && !improved) && reason != interruptedText {
		if s.opt.getenv("OPENAI_API_KEY") != "" {
			s.ui.hint("no model was asked, although OPENAI_API_KEY is set: -llm openai:MODEL would")
		} else {
			s.ui.hint("a model may find more: -llm openai:MODEL or -llm exec:COMMAND")
		}
	}
}

func (s *session) id() string { return filepath.Base(s.log.Dir()) }

// diff is the unified diff from the original to files.
func (s *session) diff(files map[string][]byte) (string, error) {
	old := map[string][]byte{}
	for name := range files {
		src, err := s.original(name)
		if err != nil {
			return "", err
		}
		old[name] = src
	}
	return source.Diff(s.root, old, files), nil
}

func (s *session) diffSize(files map[string][]byte) int {
	d, err := s.diff(files)
	if err != nil {
		return 0
	}
	return len(d)
}

// filesBlob stores the new contents under names relative to s.root.
func (s *session) filesBlob(files map[string][]byte) (journal.Hash, error) {
	m := map[string]string{}
	for name, src := range files {
		m[relName(s.root, name)] = string(src)
	}
	data, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	return s.log.Blob(data)
}

// apply writes files into the user's tree, unless they changed meanwhile.
func (s *session) apply(files map[string][]byte) error {
	want := map[string][32]byte{}
	for name := range files {
		src, err := s.original(name)
		if err != nil {
			return err
		}
		want[name] = sha256.Sum256(src)
	}
	return writeTree(files, want)
}

func writeTree(files map[string][]byte, want map[string][32]byte) error {
	err := source.Write(files, want)
	if err == nil {
		return nil
	}
	var changed *source.ChangedError
	if errors.As(err, &changed) {
		return &ui.Error{Code: ui.Failed, Err: err}
	}
	return unwritable(err)
}

// suggest ends a run in a program without parameters: with the directive for
// the functions that failing tests reach.
func (s *session) suggest(ctx context.Context) error {
	s.ui.now("looking for failing tests")
	raw, err := s.runUnits(ctx, nil, nil, running{everything: true})
	if err != nil {
		return err
	}
	if raw.rejected != "" {
		return &ui.Error{Code: ui.Broken, Err: errors.New(raw.rejected)}
	}
	s.obj = s.newObjective(raw, nil)
	ev := s.obj.judge(raw)
	s.ui.say("%s", s.foundText(ev))
	failing := failingNames(ev)
	if len(failing) == 0 && s.bench == nil {
		return ui.Failf("nothing is trainable: no //trace: directive says so, and no case fails").
			WithHint("write //trace:bundle trainable above a function, and a test or a trace.Score that says what is wanted of it")
	}
	if pkgs := s.trainableElsewhere(); len(pkgs) > 0 {
		return ui.Failf("nothing is trainable in the named packages, only in %s", listText(pkgs, 3)).
			WithHint("name it too: tracetrain %s %s", cmp.Or(strings.Join(s.opt.Patterns, " "), "."), strings.Join(pkgs, " "))
	}
	var locals []string
	for _, o := range ev.cases {
		if o.failed() {
			locals = append(locals, o.local)
		}
	}
	for _, u := range s.units {
		locals = append(locals, u.bench...)
	}
	list := source.Suggest(s.base.prog, locals)
	if len(list) == 0 {
		return ui.Failf("nothing is trainable: no //trace: directive says so").
			WithHint("write //trace:bundle trainable above the function that should change")
	}
	const most = 3
	var lines string
	for i, g := range list[:min(len(list), most)] {
		if i > 0 {
			lines += "\n"
		}
		lines += fmt.Sprintf("above %s (%s:%d), reached by %s, write\n%s", g.Func, g.File, g.Line, listText(g.Tests, 3), g.Insert)
	}
	return ui.Failf("nothing is trainable: no //trace: directive says so").WithHint("%s", lines)
}

// trainableElsewhere lists packages that the named ones import and that have
// parameters.
func (s *session) trainableElsewhere() []string {
	seen := map[string]bool{}
	for _, t := range s.base.prog.Targets {
		if t.Trainable && t.Obj != nil && t.Obj.Pkg() != nil {
			seen[t.Obj.Pkg().Path()] = true
		}
	}
	return sortedKeys(seen)
}
