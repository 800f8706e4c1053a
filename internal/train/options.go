package train

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/checker"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/sandbox"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/optimizer"
)

// Name is the command that this package speaks for in its messages.
const Name = "tracetrain"

// Options say what to train and how. Zero values stand for the defaults that
// the fields name.
type Options struct {
	Dir      string   // working directory; empty: the process's
	Patterns []string // packages; empty: the one in Dir
	Args     []string // arguments of the program or test binary

	Run        string   // -run: which tests
	Bench      string   // -bench: which benchmarks to improve; empty: none
	Minimize   string   // units of the benchmarks that shall get lower, as "ns/op=2,B/op" with weights; empty: ns/op, unless Maximize is set
	Maximize   string   // units that shall get higher
	Tolerance  *float64 // part by which one benchmark may get worse in any unit; nil: 0.05
	ScoreCmd   string   // -score-cmd: a command that prints how good the program is; empty: none
	Holdout    string   // -holdout: which cases no optimizer sees, P% or a pattern; empty: none
	Allow      []string // -allow: what every trainable body may use beyond the default
	Tags       string   // build tags
	Env        []string // variables passed into the clean environment, NAME or NAME=VALUE
	Model      string   // -llm spec; empty: $TRACE_LLM, else none
	Optimizer  string   // name; empty: search without a model, optoprime with one
	Batch      int      // -batch: failing cases that one step is about; 0: 12
	Search     string   // strategy; empty: auto
	Parents    int      // states that a step proposes changes of; 0: as Search needs
	Proposals  int      // for each of them; 0: as the optimizer's cost suggests
	Patience   *int     // steps in a row that may bring nothing, 0: any number; nil: as Search and the optimizer need
	Steps      int      // 0: 20 without a model, 5 with one
	Budget     Budget
	MaxTokens  int           // of one answer of the model; 0: llm.MaxAnswer if the budget needs a bound, else none
	LLMTimeout time.Duration // of one attempt to get an answer; 0: ten minutes
	Proxy      bool          // the program may ask a model, through a proxy
	Timeout    time.Duration // per case; 0: 10 s, and less for first runs if the original is fast
	MaxTime    time.Duration // of the whole run; 0: none
	Baseline   int           // how often the original is run; 0: 3 times
	Parallel   int           // candidates evaluated at once; 0: one per processor
	Seed       int64
	Shuffle    string   // -test.shuffle of all evaluations, or off; empty: what Args and GOFLAGS say, else another one in each where the tests allow it
	Sandbox    string   // how programs are confined; empty: as well as it works here if a model writes code
	Read       []string // files and directories that they may read in a sandbox
	Runs       string   // directory of the runs; empty: $TRACE_RUNS, else in the user cache directory
	Apply      bool     // write the winner into the tree
	Branch     string   // commit the winner on a new git branch of this name
	JSON       bool     // write events on Stdout instead of the diff
	Strict     bool     // fail when nothing improved

	Environ        []string // the user's environment; nil: os.Environ()
	Stdout, Stderr io.Writer

	// The process is there for this run alone, so the place for temporary
	// files of its libraries may be the run's folder.
	OwnProcess bool
	prices     *llm.Prices
	price      *llm.Price // of the model; nil: not known

	Recorded bool // a replay takes what was measured from the run, also what does not vary

	couldRead   []string      // what programs of an earlier run could read
	level       sandbox.Level // that programs run at
	box         *sandbox.Box  // nil if nothing confines them
	autoSearch  bool          // Search and Parents are what nobody asked for
	autoTimeout bool          // Timeout is what nobody asked for
	events      *events       // nil without JSON
	replay      *journal.Run  // the run whose answers are given again
	resume      *stoppedRun   // the run that goes on
	// The optimizer itself, in tests; nil: the one that Optimizer names.
	opter optimizer.Optimizer
	// What tests change about how a model's proposals are checked; nil: nothing.
	checking func(*checker.Options)
}

// Names of the optimizers.
const (
	optimizerSearch    = "search"
	optimizerOptoPrime = "optoprime"
)

// complete fills in the defaults and refuses what does not fit together.
func (o *Options) complete() (llm.Spec, error) {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return llm.Spec{}, ui.Errorf("%w", err)
	}
	o.Dir = dir
	if o.Timeout == 0 {
		o.Timeout, o.autoTimeout = defaultTimeout, true
	}
	if o.Baseline <= 0 {
		o.Baseline = defaultBaselineRuns
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.NumCPU()
	}
	if o.Runs == "" {
		if o.Runs, err = RunsDir(o.Environ); err != nil {
			return llm.Spec{}, err
		}
	}
	for _, flag := range []string{"cover", "coverpkg", "overlay"} {
		if build.NamesFlag(o.Environ, flag) {
			return llm.Spec{}, ui.Errorf("GOFLAGS has -%s, which does not go together with the overlays of candidates", flag).
				WithHint("run it again with GOFLAGS without -%s", flag)
		}
	}

	// Loading must not write go.mod either.
	o.Environ = append(o.Environ[:len(o.Environ):len(o.Environ)], "GOFLAGS="+build.FlagsOf(o.Environ))

	if err := o.checkBench(); err != nil {
		return llm.Spec{}, err
	}
	if err := o.checkScoreCmd(); err != nil {
		return llm.Spec{}, err
	}
	if err := o.checkHoldout(); err != nil {
		return llm.Spec{}, err
	}
	if err := o.chooseOrder(); err != nil {
		return llm.Spec{}, err
	}
	word := o.Model
	if word == "" {
		word = o.getenv("TRACE_LLM")
	}
	if word == "" {
		word = llm.None
	}
	spec, err := llm.Parse(word)
	if err != nil {
		return spec, err
	}
	if o.Optimizer == "" {
		o.Optimizer = optimizerOptoPrime
		if spec.Provider == llm.None {
			o.Optimizer = optimizerSearch
		}
	}
	switch o.Optimizer {
	case optimizerSearch:
		spec = llm.Spec{Provider: llm.None} // it asks nobody
	case optimizerOptoPrime:
		if spec.Provider == llm.None {
			return spec, ui.Errorf("-optimizer %s needs a model", o.Optimizer).
				WithHint("name one with -llm, such as -llm openai:gpt-4o")
		}
	default:
		return spec, ui.Errorf("-optimizer %s: no such optimizer", o.Optimizer).
			WithHint("there are %s and %s", optimizerSearch, optimizerOptoPrime)
	}
	if err := o.checkSandbox(); err != nil {
		return spec, err
	}
	if err := o.completeSearch(); err != nil {
		return spec, err
	}
	if err := o.checkProxy(spec); err != nil {
		return spec, err
	}
	o.price, err = o.priceOf(spec)
	return spec, err
}

func (o *Options) getenv(name string) string { return lookup(o.Environ, name) }

func lookup(environ []string, name string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(environ[i], "="); ok && k == name {
			return v
		}
	}
	return ""
}

// RunsDir is where runs are kept: $TRACE_RUNS, else trace/runs in the user
// cache directory.
func RunsDir(environ []string) (string, error) {
	if dir := lookup(environ, "TRACE_RUNS"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", ui.Errorf("no place for runs: %w", err).WithHint("name one with -runs or TRACE_RUNS")
	}
	return filepath.Join(cache, "trace", "runs"), nil
}
