package train

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
)

// outsideCase stands for a test process that fails although no case does.
const outsideCase = "TestMain"

// missing is the result of a known case that did not run.
const missing = "missing"

// An evaluation is what became of the cases of one candidate.
type evaluation struct {
	rejected string // why it did not run
	cases    []outcome
	total    journal.Total
	weak     string
	results  journal.Hash  // what the journal keeps of it
	held     *evaluation   // of the held-out cases, where they ran too
	bench    *standing     // of benchmarks, as far as they are known
	built    *benchBuild   // to measure with, until it is removed
	busy     time.Duration // the longest with one case, or with none; of a run that was not recalled
}

// An outcome is the result of one case in one evaluation.
type outcome struct {
	name     string
	unit     *unit
	local    string // the name in its unit
	result   string // of package build, or missing
	score    *float64
	feedback []string
	unknown  bool // not seen at baseline, or flaky then

	units    map[string]float64 // what a benchmark reported
	measured string             // what benchmarks say about it, for optimizers
}

func (o *outcome) failed() bool { return o.result != build.Pass && o.result != build.Skip }

// value is the score of a case: what it reported, else 1 for a pass.
func (o *outcome) value() float64 {
	switch {
	case o.score != nil:
		return *o.score
	case o.result == build.Pass:
		return 1
	}
	return 0
}

// An objective is the cases of a run, as its baseline found them.
type objective struct {
	names   []string // cases that count, in order
	unit    map[string]*unit
	local   map[string]string
	skipped map[string]bool // at baseline; they do not count
	flaky   []journal.Flaky // nor do these
	scored  bool            // some case reports a score
	apart   []string        // that count in another objective
	command *scoreCmd       // whose number alone is the score; nil: the mean counts
}

// running says how the units run.
type running struct {
	userEnv    bool // in the user's own environment
	outside    bool // of the sandbox, which only the original may
	everything bool // the held-out cases too
	testsOnly  bool // and nothing else that judges
	first      bool // of a candidate, of which nothing is known
	round      int  // a further run of the same: the program asks models anew

	shuffle string // -test.shuffle; empty: as the run has found out that it can be
}

// evaluate compiles and runs the program with files in place.
func (s *session) evaluate(ctx context.Context, files map[string][]byte, checks []source.RunCheck, how running) (*evaluation, error) {
	raw, err := s.runUnits(ctx, files, checks, how)
	if err != nil || raw.rejected != "" {
		return raw, err
	}
	return s.judge(raw, how), nil
}

// judge puts raw results against the objective, and against the held-out cases
// if they ran.
func (s *session) judge(raw *evaluation, how running) *evaluation {
	ev := s.obj.judge(raw)
	if s.held != nil && how.everything {
		ev.held = s.held.obj.judge(raw)
	}
	return ev
}

// runUnits runs every unit and collects what its cases did.
func (s *session) runUnits(ctx context.Context, files map[string][]byte, checks []source.RunCheck, how running) (*evaluation, error) {
	hash := candidateHash(s.root, files)
	files = withChecks(files, checks)
	return s.runBuilt(ctx, built{
		binary:  func(u *unit) (*build.Binary, error) { return s.compile(ctx, u, files) },
		files:   files,
		hash:    hash,
		checked: len(checks) > 0,
		how:     how,
	})
}

// compile compiles a unit with files in place of those on disk.
func (s *session) compile(ctx context.Context, u *unit, files map[string][]byte) (*build.Binary, error) {
	return s.builder.Compile(ctx, s.spec(u, files))
}

func (s *session) spec(u *unit, files map[string][]byte) build.Spec {
	return build.Spec{
		Dir: s.base.prog.ModRoot, Pkg: u.pkg, Test: u.test, Tags: s.opt.Tags,
		Files: files, Overlay: s.overlay(false),
	}
}

// A built program is where the binaries of its units come from and how they
// run.
type built struct {
	binary  func(*unit) (*build.Binary, error)
	files   map[string][]byte
	hash    journal.Hash // of the program
	checked bool         // it runs the checks of values
	how     running
	shared  *share // nil if it was compiled alone
}

// runBuilt runs every unit of a program.
func (s *session) runBuilt(ctx context.Context, b built) (*evaluation, error) {
	ev := &evaluation{}
	shuffle := s.shuffleFor(b.hash, b.how)
	for _, u := range s.units {
		skip, all := s.held.skipped(u, b.how.everything)
		if all && len(u.bench) == 0 {
			continue
		}
		bin, err := b.binary(u)
		if err != nil {
			if why, ok := build.Failure(err); ok {
				ev.rejected = clip(why, 2000)
				ev.drop()
				return ev, nil
			}
			ev.drop()
			return nil, err
		}
		opt := build.RunOptions{
			Dir: u.dir, Args: s.opt.Args, Timeout: s.caseTimeout(b.how),
			Run: s.opt.Run, Tests: u.without(skip), Skip: skip, Pass: s.opt.Env, UserEnv: b.how.userEnv,
			GiveUp: b.shared != nil, Shuffle: shuffle,
		}
		done := s.lend(u, &opt, b.how.round)
		if !u.test {
			opt.Dir = s.opt.Dir // where go run would start it
		}
		if !b.how.outside {
			s.confine(u, &opt)
		}
		var res *build.Result
		if u.test {
			res, err = bin.RunTests(ctx, opt)
		} else {
			res, err = bin.RunProgram(ctx, opt)
		}
		if err == nil {
			err = s.enoughRoom(res)
		}
		s.keepForBench(ev, u, bin)
		if void := done(); err == nil {
			err = void
		}
		if err == nil {
			err = b.shared.settle(res)
		}
		if err != nil {
			ev.drop()
			return nil, err
		}
		ev.weak, ev.busy = bin.Weak, max(ev.busy, res.Busy)
		if msg := brokenCheck(res); msg != "" && b.checked {
			ev.rejected = "constraint: " + msg
			ev.drop()
			return ev, nil
		}
		list := s.outcomes(u, res)
		if shuffle != "" {
			u.asInSource(list)
		}
		ev.cases = append(ev.cases, list...)
	}
	if s.score != nil && !b.how.testsOnly {
		o, err := s.judgeByCommand(ctx, b)
		if err != nil {
			ev.drop()
			return nil, err
		}
		ev.cases = append(ev.cases, o)
	}
	if err := s.withRecordedScores(ev, b.hash, b.how); err != nil {
		return nil, err
	}
	return ev, s.keepResults(ev)
}

// outcomes translates the results of one unit.
func (s *session) outcomes(u *unit, res *build.Result) []outcome {
	var list []outcome
	for _, c := range res.Cases {
		o := outcome{name: s.caseName(u, c.Name), unit: u, local: c.Name, result: c.Result, score: c.Score}
		for _, f := range c.Feedback {
			o.feedback = append(o.feedback, s.readable(f))
		}
		if text := s.readable(c.Output); text != "" && (o.failed() || !u.test) {
			o.feedback = append(o.feedback, text)
		}
		if o.failed() && len(o.feedback) == 0 {
			o.feedback = []string{"the case failed without a message"}
		}
		list = append(list, o)
	}
	if res.Trouble != "" {
		list = append(list, outcome{
			name: s.caseName(u, outsideCase), unit: u, local: outsideCase, result: build.Fail,
			feedback: []string{"the test process failed outside of all cases: " + res.Trouble, s.readable(res.Output)},
		})
	}
	return list
}

// newObjective makes the list of known cases: the top-level names in the
// source and the sub-tests that the baseline saw, without those that are flaky.
func (s *session) newObjective(base *evaluation, flaky []journal.Flaky) *objective {
	obj := &objective{
		unit: map[string]*unit{}, local: map[string]string{}, skipped: map[string]bool{}, flaky: flaky,
		scored: s.score != nil, command: s.score,
	}
	add := func(o *outcome) {
		if obj.unit[o.name] != nil {
			return
		}
		obj.names = append(obj.names, o.name)
		obj.unit[o.name], obj.local[o.name] = o.unit, o.local
	}
	for i := range base.cases {
		o := &base.cases[i]
		if obj.isFlaky(o.name) {
			continue
		}
		obj.scored = obj.scored || o.score != nil
		if o.result == build.Skip {
			obj.skipped[o.name] = true
			continue
		}
		add(o)
	}
	for _, u := range s.units {
		for _, name := range u.top {
			full := s.caseName(u, name)
			if obj.skipped[full] || obj.unit[full] != nil || obj.isFlaky(full) || seenBelow(base, full) {
				continue
			}
			add(&outcome{name: full, unit: u, local: name})
		}
	}
	return obj
}

func (obj *objective) isFlaky(name string) bool {
	return slices.ContainsFunc(obj.flaky, func(f journal.Flaky) bool { return f.Case == name })
}

func seenBelow(ev *evaluation, name string) bool {
	for _, o := range ev.cases {
		if strings.HasPrefix(o.name, name+"/") {
			return true
		}
	}
	return false
}

// judge puts raw results against the known cases. A known case that did not
// run failed; so did one that skips itself but did not at baseline.
func (obj *objective) judge(raw *evaluation) *evaluation {
	ev := &evaluation{weak: raw.weak, results: raw.results, built: raw.built}
	byName := map[string]*outcome{}
	for i := range raw.cases {
		byName[raw.cases[i].name] = &raw.cases[i]
	}
	sum := 0.0
	for _, name := range obj.names {
		o := outcome{name: name, unit: obj.unit[name], local: obj.local[name]}
		switch got := byName[name]; {
		case got != nil:
			o = *got
			if o.result == build.Skip {
				o.result = build.Fail
				o.feedback = append(o.feedback, "the test skips itself, which it did not before")
			}
		case o.local == outsideCase:
			o.result = build.Pass // the process is fine now
		case seenBelow(raw, name):
			// It failed before its sub-tests ran; now they tell.
			o.result = build.Pass
			for _, sub := range raw.cases {
				if strings.HasPrefix(sub.name, name+"/") && sub.failed() {
					o.result = build.Fail
					o.feedback = append(o.feedback, sub.feedback...)
				}
			}
		default:
			o.result = missing
			o.feedback = []string{"the test did not run"}
		}
		ev.cases = append(ev.cases, o)
		sum += o.value()
		if o.failed() {
			ev.total.Failed++
		}
	}
	for _, o := range raw.cases {
		if obj.unit[o.name] != nil || obj.skipped[o.name] || obj.elsewhere(o.name) {
			continue
		}
		if o.local == outsideCase && !obj.isFlaky(o.name) { // always counts
			ev.total.Failed++
		} else {
			o.unknown = true
		}
		ev.cases = append(ev.cases, o)
	}
	ev.total.Scored = len(obj.names)
	if obj.command != nil {
		for i := range ev.cases {
			if o := &ev.cases[i]; obj.command.is(o) {
				ev.total.Score = o.value()
			}
		}
	} else if len(obj.names) > 0 {
		ev.total.Score = sum / float64(len(obj.names))
	}
	return ev
}

// better reports whether a beats b: fewer failed cases, then the higher score.
func better(a, b journal.Total) bool {
	if a.Failed != b.Failed {
		return a.Failed < b.Failed
	}
	const noise = 1e-12 // of summing in another order
	return a.Score > b.Score+noise
}

// withChecks adds the calls that only the candidate's own process can make.
func withChecks(files map[string][]byte, checks []source.RunCheck) map[string][]byte {
	if len(checks) == 0 {
		return files
	}
	out := map[string][]byte{}
	for name, src := range files {
		out[name] = src
	}
	for _, c := range checks {
		if out[c.File] == nil && c.Content != nil {
			out[c.File] = c.Content // what changed is another file, which it embeds
		}
	}
	for name, stmts := range checkStatements(out, checks) {
		out[name] = append(out[name][:len(out[name]):len(out[name])], "\nfunc init() {\n"+stmts+"}\n"...)
	}
	return out
}

// checkStatements are the calls of checks, by the file that they belong to.
func checkStatements(files map[string][]byte, checks []source.RunCheck) map[string]string {
	stmts := map[string]string{}
	for _, c := range checks {
		if files[c.File] == nil {
			continue // the value is as it was
		}
		stmts[c.File] += fmt.Sprintf("\tif err := %s(%s); err != nil {\n\t\tpanic(%q + err.Error())\n\t}\n",
			c.Func, c.Expr, checkMark+c.Func+": ")
	}
	return stmts
}

const checkMark = "trace: broken constraint: "

func brokenCheck(res *build.Result) string {
	texts := []string{res.Output}
	for _, c := range res.Cases {
		texts = append(texts, c.Output)
	}
	for _, t := range texts {
		if _, msg, ok := strings.Cut(t, "panic: "+checkMark); ok {
			msg, _, _ = strings.Cut(msg, "\n\ngoroutine ")
			return clip(strings.TrimSpace(msg), 500)
		}
	}
	return ""
}

// records translates outcomes for the journal.
func (ev *evaluation) records() []journal.Case {
	var list []journal.Case
	for _, o := range ev.cases {
		list = append(list, journal.Case{
			Name: o.name, Result: o.result, Score: o.score, New: o.unknown,
			Feedback: clip(strings.Join(o.feedback, "\n"), 4000),
		})
	}
	return list
}
