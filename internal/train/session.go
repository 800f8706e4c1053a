package train

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/fresh"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/proxy"
	"github.com/opto-go/trace/internal/sandbox"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
	"github.com/opto-go/trace/optimizer/optoprime"
	"github.com/opto-go/trace/optimizer/search"
)

// A session is one training run.
type session struct {
	opt     *Options
	ui      *console
	work    *work // private directory, removed at the end
	builder *build.Builder
	base    *state            // the program as it is on disk
	loaded  *fresh.Inputs     // what decides that it is so; nil if that is not known
	root    string            // names of files are relative to it
	modules map[string]string // that are trained, by path; nil if it is one
	units   []*unit
	obj     *objective
	held    *holdout       // nil without -holdout
	score   *scoreCmd      // nil without -score-cmd
	bench   *bench         // nil without -bench
	noise   *noise         // nil unless scores vary
	order   *journal.Order // of the tests; nil: that of the source
	gauge   *gauge         // of bench or noise; nil: running a program once tells how good it is
	log     *journal.Writer
	events  *events // nil without -json
	meter   *llm.Meter
	past    *recall      // nil unless the run is resumed
	sources []byte       // what is compiled, as the journal keeps it
	model   *model       // nil without one
	guard   *guard       // nil: proposals are checked in this process
	proxy   *proxy.Proxy // nil without one
	inside  *inside      // what programs have in their sandbox; nil without one

	privateDir *regexp.Regexp // homes of programs in work

	mu        sync.Mutex
	originals map[string][]byte

	opter  optimizer.Optimizer
	pool   *pool
	seen   map[string]seen // by what was compiled
	count  counts
	single single // what proposals for the original alone came to

	slowest time.Duration // that the original was busy with one case, or with none
	timeout time.Duration // of a case in the first run of a candidate; others have opt.Timeout

	hintedTimeout bool

	introduced bool // what the run is about was told
	lastStep   int  // the last that was begun
	verified   bool // the result was run a second time
}

// counts are the numbers of the summary.
type counts struct {
	ran      int // candidates evaluated
	rejected int // proposals that did not run
	evals    int // evaluations that count for the budget
}

// newSession loads the program and prepares a place to build it.
func newSession(ctx context.Context, opt *Options, work *work) (made *session, err error) {
	s := &session{
		opt:       opt,
		ui:        newConsole(opt.Stderr),
		work:      work,
		originals: map[string][]byte{},
		seen:      map[string]seen{},
		events:    opt.events,
	}
	defer func() {
		if err != nil {
			s.ui.done() // nobody closes it
		}
	}()
	s.ui.now("loading packages")
	if s.base, err = s.load(ctx, nil); err != nil {
		return nil, err
	}
	if err := s.findNames(s.base); err != nil {
		return nil, err
	}
	s.base.hash = candidateHash(s.root, nil)
	for _, p := range s.base.params {
		if _, err := s.original(p.File); err != nil {
			return nil, err
		}
	}
	if s.units, err = findUnits(s.base.prog, opt.Run, opt.Bench, opt.Bench == "" && opt.ScoreCmd == ""); err != nil {
		return nil, err
	}
	if s.bench = newBench(opt); s.bench != nil {
		s.gauge = s.bench.gauge
	}
	if s.bench != nil && !slices.ContainsFunc(s.units, func(u *unit) bool { return len(u.bench) > 0 }) {
		return nil, s.noBenchmarks()
	}
	if s.score, err = newScoreCmd(s); err != nil {
		return nil, err
	}
	if len(s.units) == 0 && s.score == nil {
		return nil, s.noUnits()
	}
	s.privateDir = regexp.MustCompile(regexp.QuoteMeta(work.Path) + `[/\\]home-[0-9]+`)
	s.builder, err = build.NewBuilder(ctx, work.Path, s.base.prog.ModRoot, opt.Environ)
	if err != nil {
		return nil, err
	}
	s.builder.Cgo = s.base.prog.Cgo
	if opt.box != nil {
		s.inside = s.newInside()
	}
	s.builder.Unlimited = opt.level.Name == sandbox.None
	return s, nil
}

// noUnits explains that there is nothing to run.
func (s *session) noUnits() error {
	if s.opt.Run != "" {
		return ui.Failf("-run %s selects no test in %s", s.opt.Run, strings.Join(s.packages(), " "))
	}
	return ui.Failf("%s: there are no tests, and it is no program", strings.Join(s.packages(), " ")).
		WithHint("a test, an example with output, or a main package says what is wanted: write one, then run tracetrain again")
}

func (s *session) packages() []string {
	var list []string
	for _, p := range s.base.prog.Roots {
		path := p.PkgPath
		if p.ForTest != "" {
			path = p.ForTest
		}
		if !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// close removes what the run made outside of its journal.
func (s *session) close() {
	s.ui.done()
	if s.proxy != nil {
		s.proxy.Close() // it writes to the journal
	}
	if s.log != nil {
		s.log.Close()
	}
	s.guard.close()
	s.work.close()
}

// openJournal makes the directory of the run.
func (s *session) openJournal(spec llm.Spec) (err error) {
	h, err := s.header(spec)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			s.events.begin(s, h)
		}
	}()
	if s.opt.resume != nil {
		return s.goOn(h)
	}
	var id [3]byte
	rand.Read(id[:])
	dir := filepath.Join(s.opt.Runs, time.Now().UTC().Format("20060102-150405")+"-"+hex.EncodeToString(id[:]))
	if s.log, err = journal.Create(dir, h, s.sources); err != nil {
		return ui.Errorf("the run cannot be recorded: %w", err).WithHint("name a directory that can be written with -runs or TRACE_RUNS")
	}
	return nil
}

// newOptimizer makes the optimizer and, if it needs one, the model.
func (s *session) newOptimizer(ctx context.Context, spec llm.Spec) error {
	s.newMeter()
	recorded, err := s.recorded(spec)
	if err != nil {
		return err
	}
	earlier := recorded
	if s.past != nil {
		earlier = s.past.run
	}
	if err := s.openProxy(ctx, spec, earlier); err != nil {
		return err
	}
	if s.opt.opter != nil {
		s.opter = s.opt.opter
		return nil
	}
	if s.opt.Optimizer == optimizerSearch {
		s.opter = search.New()
		return nil
	}
	// A command that writes files, as an agent may, must not do so in the
	// user's tree.
	elsewhere := filepath.Join(s.work.Path, "model")
	if err := os.MkdirAll(elsewhere, 0o777); err != nil {
		return err
	}
	opt := llm.Options{
		Dir:     elsewhere,
		Timeout: s.opt.LLMTimeout,
		Seed:    s.opt.Seed,
		Getenv:  s.opt.getenv,
		Strict:  s.opt.Strict,
		OnRetry: func(r llm.Retry) { s.ui.say("%v: %v", r.Key, r) },
		OnChange: func(key llm.Key, diff string) {
			s.ui.warn("%v: the prompt differs from the recorded one:\n%s", key, diff)
		},
	}
	if recorded != nil {
		opt.Recorded = recorded
	}
	client, err := llm.New(spec, opt)
	if err == nil {
		client, err = s.keepingPaid(client, opt)
	}
	if err != nil {
		return err
	}
	s.model = &model{
		client: client, log: s.log, meter: s.meter, price: s.opt.price, maxTokens: s.opt.MaxTokens,
		server: spec.Provider == llm.OpenAI, replay: recorded, past: s.past,
	}
	s.newGuard()
	s.opter = optoprime.New(s.model, optoprime.Options{
		Parallel: s.opt.Parallel,
		OnReject: func(r optoprime.Rejection) {
			if s.model.gaveError(r.Reason) {
				return
			}
			s.count.rejected++
			s.log.Append(journal.Record{Refused: &journal.Refused{Key: r.Key, Reason: clip(reasonText(r.Reason), 2000)}}) // an error stays with the log
			s.ui.say("%v: not a candidate: %s", r.Key, reasonText(r.Reason))
		},
	})
	return nil
}

// recorded is the run whose answers are given again, nil if there is none.
func (s *session) recorded(spec llm.Spec) (*journal.Run, error) {
	if s.opt.replay != nil || spec.Provider != llm.Replay {
		return s.opt.replay, nil
	}
	dir, err := journal.Find(s.opt.Runs, spec.Arg)
	if err != nil {
		return nil, ui.Errorf("-llm %v: %w", spec, err)
	}
	run, err := journal.Open(dir)
	if err != nil {
		return nil, ui.Errorf("-llm %v: %w", spec, err)
	}
	return run, nil
}

// reasonText is the heart of a reply to a model: what it quotes, if it does.
func reasonText(reason string) string {
	var quoted []string
	for _, l := range strings.Split(reason, "\n") {
		if q, ok := strings.CutPrefix(l, "> "); ok {
			quoted = append(quoted, q)
		}
	}
	if len(quoted) == 0 {
		return firstLines(reason, 1)
	}
	return firstLines(strings.Join(quoted, "\n"), 4)
}

func firstLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = append(lines[:n], "…")
	}
	return strings.Join(lines, "\n")
}

func toolVersion() string {
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" {
		return bi.Main.Version
	}
	return "devel"
}
