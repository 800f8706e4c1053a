package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// scoreCase is the case that a command of -score-cmd is.
const scoreCase = "score-cmd"

// A scoreCmd is the objective of -score-cmd: a command that judges a candidate
// from outside. The tests are what must not break meanwhile, and only its number
// is the score.
type scoreCmd struct {
	words   []string
	unit    *unit  // stands for it among the packages
	program string // import path of the only program; empty: there is none, or several
}

// newScoreCmd makes the objective of the options, nil without -score-cmd.
func newScoreCmd(s *session) (*scoreCmd, error) {
	if s.opt.ScoreCmd == "" {
		return nil, nil
	}
	words, err := llm.SplitWords(s.opt.ScoreCmd)
	if err != nil {
		return nil, ui.Errorf("-score-cmd: %w", err)
	}
	c := &scoreCmd{words: words, unit: &unit{pkg: scoreCase}}
	var programs []string
	for _, p := range s.base.prog.Roots {
		if p.Name == "main" && p.ForTest == "" && len(p.GoFiles) > 0 && !strings.HasSuffix(p.PkgPath, ".test") && !slices.Contains(programs, p.PkgPath) {
			programs = append(programs, p.PkgPath)
		}
	}
	if len(programs) == 1 {
		c.program = programs[0]
	}
	return c, nil
}

// checkScoreCmd refuses what does not go together with -score-cmd.
func (o *Options) checkScoreCmd() error {
	if o.ScoreCmd == "" {
		return nil
	}
	if o.Bench != "" {
		return ui.Errorf("-score-cmd and -bench do not go together: there can be one objective").
			WithHint("a command can run the benchmarks itself and print one number for both")
	}
	_, err := llm.SplitWords(o.ScoreCmd)
	if err != nil {
		return ui.Errorf("-score-cmd: %w", err).WithHint("the command is split into words as a shell does; sh -c '…' runs a shell")
	}
	return nil
}

// agreeScoreCmd lets a journal name the command, but not run it: that another
// machine's journal says what is run here takes somebody who says so too.
func (o *Options) agreeScoreCmd(recorded string) error {
	switch {
	case o.ScoreCmd == recorded:
		return nil
	case o.ScoreCmd == "":
		return ui.Errorf("the run has a command that judges candidates, and it would run here").
			WithHint("if that is all right, say it again: -score-cmd %s", quoteWord(recorded))
	case recorded == "":
		return ui.Errorf("-score-cmd %s: the run was begun without", o.ScoreCmd).WithHint("begin a new run for that")
	}
	return ui.Errorf("-score-cmd %s: the run has another command: %s", o.ScoreCmd, recorded).WithHint("begin a new run for that")
}

// quoteWord writes a word for a shell.
func quoteWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// is reports whether o is the case of the command.
func (c *scoreCmd) is(o *outcome) bool { return c != nil && o.unit == c.unit }

// decides reports whether the score that o reports counts.
func (s *session) decides(o *outcome) bool {
	return o.score != nil && s.bench == nil && (s.score == nil || s.score.is(o))
}

// judgeByCommand runs the command on the program with files in place, or takes
// what a run that is replayed has.
func (s *session) judgeByCommand(ctx context.Context, b built) (outcome, error) {
	o := outcome{name: scoreCase, unit: s.score.unit, local: scoreCase}
	if kept, err := s.recordedScore(b.hash, b.how); kept != nil || err != nil {
		if kept != nil {
			o.result, o.score, o.feedback = kept.Result, kept.Score, kept.Feedback
		}
		return o, err
	}
	dir, err := os.MkdirTemp(s.work.Path, "score-")
	if err != nil {
		return o, err
	}
	defer build.RemoveAll(dir)
	root, copied := s.root, filepath.Join(dir, "module")
	module := filepath.Join(copied, relName(root, s.base.prog.ModRoot))
	if err := copyModule(root, copied, b.files, s.work.Path, s.opt.Runs); err != nil {
		return o, ui.Failf("copying the module for -score-cmd: %w", err)
	}
	opt := build.RunOptions{
		Dir: module, Timeout: s.opt.Timeout, Pass: s.opt.Env, UserEnv: b.how.userEnv,
		Set: []string{"TRACE_MODULE=" + module},
	}
	s.confine(s.score.unit, &opt) // by a command of the user's, if at all
	if rel, err := filepath.Rel(root, s.opt.Dir); err == nil && filepath.IsLocal(rel) {
		opt.Dir = filepath.Join(copied, rel)
	}
	if s.score.program != "" {
		bin, err := s.builder.Compile(ctx, build.Spec{
			Dir: s.base.prog.ModRoot, Pkg: s.score.program, Tags: s.opt.Tags, Files: b.files, Overlay: s.overlay(false),
		})
		if why, ok := build.Failure(err); ok {
			o.result, o.feedback = build.Fail, []string{"the program, which the command judges, was not built: " + clip(why, 2000)}
			return o, nil
		}
		if err != nil {
			return o, err
		}
		defer bin.Remove()
		opt.Set = append(opt.Set, "TRACE_BINARY="+bin.Path)
	}
	value, wrong, text, err := s.runScore(ctx, opt, b.how.round)
	if err != nil {
		return o, err
	}
	if text = strings.ReplaceAll(s.readable(strings.ReplaceAll(text, copied+string(filepath.Separator), "")), dir, "$TMP"); text != "" {
		o.feedback = []string{text}
	}
	if wrong != "" {
		o.result, o.feedback = build.Fail, append([]string{wrong}, o.feedback...)
		return o, nil
	}
	o.result, o.score = build.Pass, &value
	return o, nil
}

// runScore runs the command once. Wrong says why there is no number.
func (s *session) runScore(ctx context.Context, opt build.RunOptions, sample int) (value float64, wrong, text string, err error) {
	done := s.lend(s.score.unit, &opt, sample)
	res, err := s.builder.RunCommand(ctx, s.score.words, opt)
	if void := done(); err == nil {
		err = void
	}
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return 0, "", "", ui.Errorf("-score-cmd: %w", err).
			WithHint("it is started in a copy of the module, in the directory where tracetrain began; a name without a slash is looked up in PATH")
	case err != nil:
		return 0, "", "", err
	case !res.Exit.OK():
		return 0, "the command of -score-cmd failed: " + res.Exit.String(), res.Output, nil
	}
	value, wrong = lastNumber(res.Stdout)
	return value, wrong, res.Output, nil
}

// lastNumber reads the number in the last line of text.
func lastNumber(text string) (value float64, wrong string) {
	text = strings.TrimRight(text, " \t\r\n")
	line := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if line == "" {
		return 0, "the command of -score-cmd printed nothing; its last line has to be a number"
	}
	v, err := strconv.ParseFloat(line, 64)
	switch {
	case err != nil && !math.IsInf(v, 0):
		return 0, fmt.Sprintf("the last line that the command of -score-cmd printed is no number: %q", clip(line, 200))
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Sprintf("the command of -score-cmd printed %s, and a score is a finite number", line)
	}
	return v, ""
}

// unsteady is the error of a command that fails only now and then.
func (c *scoreCmd) unsteady(runs []*evaluation) error {
	for _, ev := range runs {
		for _, o := range ev.cases {
			if c.is(&o) && o.failed() {
				return ui.Failf("the command of -score-cmd passes on the original in some runs, and fails in others: %s", strings.Join(o.feedback, "\n")).
					WithHint("what it prints must be good for comparing")
			}
		}
	}
	return nil
}

// earlier is the run that goes on or is replayed, nil if there is none.
func (s *session) earlier() *journal.Run {
	if s.past != nil {
		return s.past.run
	}
	return s.opt.replay
}

// recordedScore finds what the command gave in a run that is replayed. Numbers
// that do not vary are made again, unless the replay is asked not to.
func (s *session) recordedScore(h journal.Hash, how running) (*keptCase, error) {
	if !noisyRun(s.opt.replay) && !s.opt.Recorded || how.round > 0 {
		return nil, nil
	}
	list, err := recordedResults(s.opt.replay, h, s.base.hash, how)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Unit == scoreCase {
			return &list[i], nil
		}
	}
	return nil, nil
}

// recordedResults is what the cases of a program gave in a run, nil if it does not
// have that.
func recordedResults(run *journal.Run, h, base journal.Hash, how running) ([]keptCase, error) {
	if run == nil || run.Baseline == nil {
		return nil, nil
	}
	var results journal.Hash
	if h == base {
		results = run.Baseline.Results
		if how.everything && run.Baseline.Held != nil {
			results = run.Baseline.Held.Results
		}
	}
	for _, c := range run.Candidates {
		if c.Hash == h && c.Results != "" && results == "" {
			results = c.Results
		}
	}
	for _, v := range run.Verified {
		if v.Hash == h && v.Results != "" && how.everything {
			results = v.Results
		}
	}
	if results == "" {
		return nil, nil
	}
	return readKept(run.Blob, results)
}

// beats reports whether a is better than b, as far as results tell. Beside a
// command the tests are a constraint.
func (s *session) beats(a, b *evaluation) bool {
	return better(a.total, b.total) && !s.breaks(b, a)
}

// breaks reports whether a case fails in ev and does not in base, where tests
// are a constraint.
func (s *session) breaks(base, ev *evaluation) bool {
	return s.score != nil && len(newlyFailing(base, ev)) > 0
}

// refuseOldSpread refuses to go through a run again whose numbers an earlier
// version judged by their span.
func refuseOldSpread(run *journal.Run) error {
	if run.Baseline == nil || run.Baseline.Score == nil {
		return nil
	}
	if v := run.Baseline.Score.Values; len(v) == 0 || slices.Min(v) == slices.Max(v) {
		return nil
	}
	return ui.Failf("the command of -score-cmd gave numbers that vary, and the run was recorded by an earlier tracetrain, which judged them by another rule").
		WithHint("show, report, diff and apply work; begin a new run for more")
}
