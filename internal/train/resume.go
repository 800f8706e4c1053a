package train

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// A stoppedRun is a run that goes on.
type stoppedRun struct {
	run  *journal.Run
	log  *journal.Writer
	torn journal.Hash // a partial line that the journal ended with
}

// resultsSince is the version of the journal from which on it holds what every
// evaluation gave.
const resultsSince = 2

// Resume goes on with the run in dir, in the same journal, from wherever it was
// stopped. Of opt it takes what may change: steps, budget, time, the model; the
// rest is as the journal says.
func Resume(ctx context.Context, opt Options, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ui.Errorf("%w", err)
	}
	id := filepath.Base(dir)
	log, run, torn, err := journal.Resume(dir)
	if errors.Is(err, journal.ErrInUse) {
		return ui.Failf("run %s is in use: %w", id, err).WithHint("wait until that ends, or stop it, then resume")
	}
	if errors.Is(err, fs.ErrPermission) {
		return ui.Errorf("run %s cannot be written: %w", id, err).WithHint("copy its directory to a place that can be written, and name that: tracetrain resume PATH")
	}
	if err != nil {
		return ui.Errorf("run %s: %w", id, err)
	}
	defer log.Close()
	if run.Header.Version < resultsSince {
		return ui.Failf("run %s was recorded by an earlier tracetrain, which did not keep all that resuming needs", id).
			WithHint("tracetrain replay %s repeats it without asking a model; tracetrain -llm replay:%s begins a new run with its answers", id, id)
	}
	h := run.Settings()
	further, err := opt.further(run)
	if err != nil {
		return err
	}
	if endedByItself(run) && !further {
		return finished(ctx, opt, run)
	}
	if err := opt.resumeModel(h.Model); err != nil {
		return err
	}
	if opt.Env, err = resumeEnv(opt, h.Flags.Env); err != nil {
		return err
	}
	root, err := findRoot(opt.Dir, h)
	if err != nil {
		return err
	}
	if err := unchangedSources(root, run); err != nil {
		return err
	}
	if err := refuseOldSpread(run); err != nil {
		return err
	}
	if err := opt.agreeScoreCmd(h.Flags.ScoreCmd); err != nil {
		return err
	}
	steps, budget, patience := opt.Steps, opt.Budget, opt.Patience
	opt.settle(h)
	if patience != nil {
		opt.Patience = patience
	}
	if steps > 0 {
		opt.Steps = steps
	}
	if budget != (Budget{}) {
		opt.Budget = budget
	}
	if opt.Parallel == 0 {
		opt.Parallel = h.Flags.Parallel
	}
	if opt.Environ == nil {
		opt.Environ = environ()
	}
	opt.Environ = append(opt.Environ[:len(opt.Environ):len(opt.Environ)], "GOFLAGS="+h.Flags.BuildFlags)
	opt.Dir = startDir(root, h)
	opt.resume = &stoppedRun{run: run, log: log, torn: torn}
	opt.events = newEvents(&opt)
	s, err := train(ctx, &opt)
	if s != nil {
		s.close()
	}
	return opt.events.done(s.explainRoom(err))
}

// further reports whether the flags let a run that came to its end go on.
func (o *Options) further(run *journal.Run) (bool, error) {
	was := run.Settings().Flags
	if begun := lastStep(run); o.Steps > 0 && o.Steps < min(begun, was.Steps) {
		return false, ui.Errorf("-steps %d: the run has begun step %d already", o.Steps, min(begun, was.Steps)).
			WithHint("give at least as many, or begin a new run")
	}
	if n := o.Patience; n != nil && *n > 0 && (was.Patience == 0 || *n < was.Patience) {
		return false, ui.Errorf("-patience %d: the run has been more patient than that", *n).
			WithHint("give at least as many steps, or begin a new run")
	}
	patient := o.Patience != nil && was.Patience > 0 && (*o.Patience == 0 || *o.Patience > was.Patience)
	return o.Steps > was.Steps || o.Budget != (Budget{}) || patient, nil
}

// finished says that there is nothing to resume, and gives what the run found,
// in case it was killed before that was printed.
func finished(ctx context.Context, opt Options, run *journal.Run) (result error) {
	id := filepath.Base(run.Dir)
	if opt.Stderr == nil {
		opt.Stderr = os.Stderr
	}
	ui.Note(opt.Stderr, Name, "run %s is finished: %s", id, run.End.Reason)
	ui.Hint(opt.Stderr, Name, "a larger -steps, -patience or -budget lets it go on, if one of these was its end")
	events, err := opt.finishedEvents(run)
	if err != nil {
		return err
	}
	defer func() { result = events.done(result) }()
	if opt.Environ == nil {
		opt.Environ = environ()
	}
	if opt.Branch != "" && run.End.Files != "" {
		if err := ApplyBranch(ctx, opt.Dir, opt.Branch, opt.Environ, run, opt.Stderr); err != nil {
			return err
		}
	}
	switch {
	case opt.Apply && run.End.Files != "":
		return Apply(opt.Dir, run, opt.Stderr)
	case opt.Strict && run.End.Diff == "" && run.End.Reason != nothingToImprove:
		return ui.Failf("nothing improved")
	}
	return nil
}

// resumeModel chooses the model. Of a command, and of a run whose answers are
// given again, the journal does not have the name.
func (o *Options) resumeModel(recorded string) error {
	provider, _, named := strings.Cut(recorded, ":")
	switch {
	case provider == llm.None || provider == "":
		if o.Model != "" && o.Model != llm.None {
			return ui.Errorf("-llm %s: the run was begun without a model", o.Model).WithHint("begin a new run for that")
		}
		o.Model = llm.None
	case o.Model == llm.None:
		return ui.Errorf("-llm none: the run needs a model").WithHint("name one, or leave -llm out for the same as before")
	case o.Model != "":
	case named:
		o.Model = recorded
	default:
		if word := lookup(o.Environ, "TRACE_LLM"); strings.HasPrefix(word, provider+":") {
			o.Model = word
			return nil
		}
		return ui.Errorf("the run asked %s:…, and the journal does not say what stands behind the colon", provider).
			WithHint("say it again: -llm '%s:…'", provider)
	}
	return nil
}

// resumeEnv finds the values of the variables that the run passes into the
// clean environment.
func resumeEnv(opt Options, names []string) ([]string, error) {
	given := map[string]string{}
	for _, e := range opt.Env {
		name, _, _ := strings.Cut(e, "=")
		if !slices.Contains(names, name) {
			return nil, ui.Errorf("-env %s: the run did not pass that into the clean environment", name).
				WithHint("what was measured without it would not compare: begin a new run")
		}
		given[name] = e
	}
	var env []string
	for _, name := range names {
		e, ok := given[name]
		if !ok {
			e = name
		}
		if !strings.Contains(e, "=") && !isSet(opt.Environ, name) {
			return nil, ui.Errorf("the run passed %s into the clean environment, and it is not set now", name).
				WithHint("the journal keeps no values: give it again with -env %s=VALUE", name)
		}
		env = append(env, e)
	}
	return env, nil
}

func isSet(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, name+"=") })
}

// unchangedSources compares all that was compiled with what is on disk.
func unchangedSources(root string, run *journal.Run) error {
	recorded, err := recordedSources(run)
	if err != nil {
		return err
	}
	now := map[string]journal.Hash{}
	for name := range recorded {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err == nil {
			now[name] = journal.Sum(data)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return sourcesDiffer(recorded, now)
}

func recordedSources(run *journal.Run) (map[string]journal.Hash, error) {
	data, err := run.Blob(run.Header.Sources)
	var sums map[string]journal.Hash
	if err == nil {
		err = json.Unmarshal(data, &sums)
	}
	if err != nil {
		return nil, ui.Errorf("the journal does not say what the run compiled: %w", err)
	}
	return sums, nil
}

// sourcesDiffer says which file is not what it was.
func sourcesDiffer(recorded, now map[string]journal.Hash) error {
	hint := "what was measured holds for the source that it was measured on; bring that back, or begin a new run: tracetrain -llm replay:RUN uses the answers that were paid for"
	for _, name := range sortedKeys(recorded) {
		sum, ok := now[name]
		if !ok {
			return ui.Failf("%s does not exist any more", name).WithHint("%s", hint)
		}
		if sum != recorded[name] {
			return ui.Failf("%s changed since the run began", name).WithHint("%s", hint)
		}
	}
	for _, name := range sortedKeys(now) {
		if _, ok := recorded[name]; !ok {
			return ui.Failf("%s is new since the run began", name).WithHint("%s", hint)
		}
	}
	return nil
}

// goOn takes over the journal of the run.
func (s *session) goOn(h journal.Header) error {
	r := s.opt.resume
	recorded, err := recordedSources(r.run)
	if err != nil {
		return err
	}
	now, err := s.sourceSums()
	if err != nil {
		return err
	}
	if err := sourcesDiffer(recorded, now); err != nil {
		return err
	}
	s.log, s.past = r.log, newRecall(r.run)
	if was := r.run.Settings().Go; was != h.Go {
		s.ui.warn("the run was begun with %s and goes on with %s", was, h.Go)
	}
	return s.log.Append(journal.Record{Resumed: &journal.Resumed{
		Tool: h.Tool, Go: h.Go, Flags: h.Flags, Model: h.Model, Sandbox: h.Sandbox, Torn: r.torn,
	}})
}

// canGoOn reports whether a run that ended for reason can be resumed with the
// flags that it has.
func (s *session) canGoOn(reason string) bool {
	return s.opt.replay == nil && !endedByItself(&journal.Run{End: &journal.End{Reason: reason}})
}

// introduceResume says what is there already, and what killed runs had left.
func (s *session) introduceResume() {
	if r := s.work.removed; r.Folders > 0 || r.Processes > 0 {
		s.ui.say("removed what killed runs had left: %s, %s", plural(r.Folders, "folder"), plural(r.Processes, "process", "processes"))
	}
	if s.past == nil {
		return
	}
	s.ui.say("run %s goes on; its journal has %s and %s", s.id(), plural(s.past.answers(), "answer"), plural(s.past.evaluations(), "evaluation"))
	if s.past.lost > 0 {
		s.ui.warn("%s under way when the run was killed: the answer never came, but may have been billed", plural(s.past.lost, "call was", "calls were"))
	}
}
