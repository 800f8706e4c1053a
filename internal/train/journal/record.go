package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/opto-go/trace/internal/llm"
)

// Version is the format that this package writes and the highest it reads.
// Since version 2 a run can be resumed: it holds what every evaluation gave,
// unabridged.
const Version = 2

// File is the name of the journal in the directory of a run.
const File = "journal.ndjson"

const blobDir = "blobs"

// A Hash names a blob or a candidate: sha256 in hexadecimal.
type Hash string

// Sum is the hash of data.
func Sum(data []byte) Hash {
	s := sha256.Sum256(data)
	return Hash(hex.EncodeToString(s[:]))
}

// valid reports whether h can be the name of a file in the blobs directory.
func (h Hash) valid() bool {
	if len(h) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(h) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Short is the beginning of h, for people.
func (h Hash) Short() string { return string(h[:min(len(h), 8)]) }

// A Record is one line; exactly one field is set.
type Record struct {
	Header    *Header    `json:"header,omitempty"`
	Original  *Original  `json:"original,omitempty"`
	Baseline  *Baseline  `json:"baseline,omitempty"`
	Asked     *Asked     `json:"asked,omitempty"`
	Call      *Call      `json:"call,omitempty"`
	Refused   *Refused   `json:"refused,omitempty"`
	Exchange  *Exchange  `json:"exchange,omitempty"`
	Compared  *Compared  `json:"compared,omitempty"`
	Proposed  *Proposed  `json:"proposed,omitempty"`
	Candidate *Candidate `json:"candidate,omitempty"`
	Round     *Round     `json:"round,omitempty"`
	Measured  *Measured  `json:"measured,omitempty"`
	Accepted  *Accepted  `json:"accepted,omitempty"`
	HeldAgain *HeldAgain `json:"held_again,omitempty"`
	Reordered *Reordered `json:"reordered,omitempty"`
	Verified  *Verified  `json:"verified,omitempty"`
	Warning   *Warning   `json:"warning,omitempty"`
	End       *End       `json:"end,omitempty"`
	Resumed   *Resumed   `json:"resumed,omitempty"`
}

// once reports whether a resumed run, which goes through its steps again, need
// not write a record that it has already.
func (r *Record) once() bool {
	return r.Original != nil || r.Baseline != nil || r.Call != nil || r.Compared != nil || r.Candidate != nil || r.Accepted != nil ||
		r.Proposed != nil || r.Round != nil || r.HeldAgain != nil || r.Reordered != nil || r.Verified != nil || r.Refused != nil || r.Warning != nil
}

// Header says what was asked for and of what.
type Header struct {
	Version int    `json:"version"`
	Tool    string `json:"tool"` // version of tracetrain
	Go      string `json:"go"`
	Module  string `json:"module"`
	// Modules are those that are trained, by path, if they are several of a
	// workspace: their directories relative to that of go.work, which stands for
	// the module root in everything below then.
	Modules   map[string]string `json:"modules,omitempty"`
	Packages  []string          `json:"packages"` // import paths
	Args      []string          `json:"args,omitempty"`
	Flags     Flags             `json:"flags"`
	Optimizer string            `json:"optimizer"`
	Model     string            `json:"model"`
	Sandbox   string            `json:"sandbox"`
	Params    []string          `json:"params"`
	// Allow is what parameters may use beyond the default, by ID: by their
	// directives and by -allow.
	Allow map[string][]string `json:"allow,omitempty"`
	Files map[string]Hash     `json:"files"` // that hold parameters, relative to the module root
	// Sources is the blob with the sums of all files that are compiled, as
	// Files has those of some.
	Sources Hash `json:"sources,omitempty"`
	// Dir is the directory that the run began in, relative to the module root,
	// and Root is the way back; for programs, which are run there.
	Dir  string `json:"dir,omitempty"`
	Root string `json:"root,omitempty"`
}

// Flags are the settings that decide about a run.
type Flags struct {
	Run        string    `json:"run,omitempty"`
	Bench      string    `json:"bench,omitempty"`
	Unit       string    `json:"unit,omitempty"`      // that the benchmarks are compared by
	Better     string    `json:"better,omitempty"`    // lower or higher
	Metrics    []Metric  `json:"metrics,omitempty"`   // that the benchmarks are compared by, where there are several; then Unit is for people
	Tolerance  float64   `json:"tolerance,omitempty"` // part by which one benchmark may get worse
	ScoreCmd   string    `json:"score_cmd,omitempty"` // that judges candidates
	Holdout    string    `json:"holdout,omitempty"`   // which cases are held out
	Allow      []string  `json:"allow,omitempty"`     // what every parameter may use beyond the default
	Tags       string    `json:"tags,omitempty"`
	Env        []string  `json:"env,omitempty"`   // names only: values may be secret
	Read       []string  `json:"read,omitempty"`  // -read, as it was given
	Batch      int       `json:"batch,omitempty"` // failing cases that one step is about
	Steps      int       `json:"steps"`
	Search     string    `json:"search,omitempty"`   // empty: sequential
	Auto       bool      `json:"auto,omitempty"`     // nobody asked for this search
	Parents    int       `json:"parents,omitempty"`  // of one step; 0: 1
	Proposals  int       `json:"proposals"`          // asked for in one step, for each parent
	Patience   int       `json:"patience,omitempty"` // steps in a row that may bring nothing; 0: any number
	Seed       int64     `json:"seed"`
	Shuffle    string    `json:"shuffle,omitempty"` // -test.shuffle, if the user gave one: off or a number
	TimeoutMS  int64     `json:"timeout_ms"`
	NoTimeout  bool      `json:"no_timeout,omitempty"` // nobody gave one: TimeoutMS is the default, and the baseline has what was derived
	MaxCalls   int       `json:"max_calls,omitempty"`
	MaxTokens  int       `json:"max_tokens,omitempty"`
	MaxCost    llm.Money `json:"max_usd,omitzero"`
	MaxEvals   int       `json:"max_evals,omitempty"`
	MaxAnswer  int       `json:"max_answer,omitempty"` // tokens of one answer
	Proxy      bool      `json:"proxy,omitempty"`      // the program may ask a model
	Baseline   int       `json:"baseline,omitempty"`   // runs of the original
	Parallel   int       `json:"parallel"`
	BuildFlags string    `json:"goflags,omitempty"`
}

// Case is the outcome of a case.
type Case struct {
	Name     string   `json:"name"`
	Result   string   `json:"result"`
	Score    *float64 `json:"score,omitempty"`
	New      bool     `json:"new,omitempty"` // unknown at baseline: shown, not scored
	Feedback string   `json:"feedback,omitempty"`
}

// Total is how an evaluation compares.
type Total struct {
	Failed int     `json:"failed"`
	Scored int     `json:"scored"` // cases
	Score  float64 `json:"score"`  // mean
}

// Original is one of several runs of the original.
type Original struct {
	Run     int    `json:"run"` // from 0
	Results Hash   `json:"results"`
	BusyMS  int64  `json:"busy_ms,omitempty"` // the longest with one case, or with none, rounded up
	Weak    string `json:"weak,omitempty"`    // as in [Baseline]
	Shuffle string `json:"shuffle,omitempty"` // -test.shuffle, where the order of the tests is tried; empty: as they are run anyway
}

// Flaky is a case that did not always do the same in the runs of the original.
// It does not count.
type Flaky struct {
	Case   string `json:"case"`
	Runs   int    `json:"runs"`
	Ran    int    `json:"ran"` // in so many of them; names of sub-tests may change
	Failed int    `json:"failed"`
}

// Failed reports whether the case counts as failed.
func (c *Case) Failed() bool { return c.Result != "pass" && c.Result != "skip" }

// Baseline is the evaluation of the original.
type Baseline struct {
	Candidate Hash    `json:"candidate"`
	Total     Total   `json:"total"`
	Cases     []Case  `json:"cases"`
	Weak      string  `json:"weak,omitempty"`    // why results were read from the output
	Results   Hash    `json:"results,omitempty"` // blob: all that every case gave
	Flaky     []Flaky `json:"flaky,omitempty"`
	Held      *Held   `json:"held,omitempty"`  // the held-out cases
	Order     *Order  `json:"order,omitempty"` // of the tests; nil: that of the source, as in runs of earlier versions
	Limit     *Limit  `json:"limit,omitempty"` // the time limit of a case; nil: that of the flags
	Vary      []Vary  `json:"vary,omitempty"`  // cases whose scores do; then the score of Total is the mean of all runs
	// Score is what earlier versions kept of the command of -score-cmd.
	Score *ScoreBaseline `json:"score,omitempty"`
}

// ScoreBaseline is what a command that judges candidates printed for the
// original, run by run.
type ScoreBaseline struct {
	Values []float64 `json:"values"`
}

// Compared is the evaluation of the original in the user's own environment.
type Compared struct {
	Results Hash `json:"results"`
	Outside Hash `json:"outside,omitempty"` // in the clean environment, outside of the sandbox; empty: there was no need
}

// Asked says that a call begins. Without a call of the same key behind it, the
// run was killed before the answer came, which may have been billed.
type Asked struct {
	Key   llm.Key   `json:"key"`
	Worst llm.Spent `json:"worst,omitzero"` // what the first attempt uses at most
}

// Call is one call of a model that has come to its end.
type Call struct {
	Key              llm.Key    `json:"key"`
	Prompt           Hash       `json:"prompt"`           // blob: the messages as JSON
	Answer           Hash       `json:"answer,omitempty"` // blob; empty when there was none
	Finish           string     `json:"finish,omitempty"`
	Model            string     `json:"model,omitempty"`
	PromptTokens     int        `json:"prompt_tokens,omitempty"`
	CompletionTokens int        `json:"completion_tokens,omitempty"`
	Estimated        bool       `json:"estimated,omitempty"`
	Error            string     `json:"error,omitempty"`
	Spent            *llm.Spent `json:"spent,omitempty"` // all attempts, also those without an answer
}

// Refused is an answer of a model that is no candidate.
type Refused struct {
	Key    llm.Key `json:"key"`
	Reason string  `json:"reason"`
}

// Warning is what the run warned of.
type Warning struct {
	Text string `json:"text"`
}

// Exchange is a request that the program under training sent to a model through
// the proxy, and what came back.
type Exchange struct {
	Request Hash      `json:"request"`          // sum of method, path and normalised body, by which it is found
	N       int       `json:"n"`                // equal requests that the same evaluation had sent before
	Sample  int       `json:"sample,omitempty"` // where the same is asked again to see whether the answer varies
	For     string    `json:"for"`              // whose evaluation was the first to ask
	Path    string    `json:"path"`
	Body    Hash      `json:"body,omitempty"` // blob: as the program sent it
	Model   string    `json:"model,omitempty"`
	Status  int       `json:"status,omitempty"`
	Type    string    `json:"type,omitempty"`
	Answer  Hash      `json:"answer,omitempty"` // blob; empty when there was none to be given again
	Error   string    `json:"error,omitempty"`
	Spent   llm.Spent `json:"spent"`
}

// Candidate is a proposal and what became of it.
type Candidate struct {
	Hash      Hash            `json:"hash,omitempty"` // empty: it could not be applied
	Base      Hash            `json:"base"`
	Merged    Hash            `json:"merged,omitempty"` // the state whose changes the base was given
	Step      int             `json:"step"`
	Index     int             `json:"index"`
	Assign    map[string]Hash `json:"assign"` // parameter → blob with its source
	Reasoning string          `json:"reasoning,omitempty"`
	Rejected  string          `json:"rejected,omitempty"` // why it did not run
	Total     *Total          `json:"total,omitempty"`
	Cases     []Case          `json:"cases,omitempty"`
	Results   Hash            `json:"results,omitempty"` // blob: all that every case gave
}

// Accepted says that a candidate became one that later steps may go on from.
type Accepted struct {
	Hash   Hash `json:"hash"`
	Step   int  `json:"step"`
	Beside bool `json:"beside,omitempty"` // it is not the best, and was kept beside it
}

// End closes a run.
type End struct {
	Reason    string  `json:"reason"` // why it ended, for people
	Best      Hash    `json:"best"`
	Total     Total   `json:"total"`
	Estimates         // of what was measured beside the original
	Held      *Gap    `json:"held,omitempty"`   // the held-out cases
	Single    *Single `json:"single,omitempty"` // what proposals for the original alone came to
	Diff      Hash    `json:"diff,omitempty"`   // blob; empty when nothing changed
	Files     Hash    `json:"files,omitempty"`  // blob: map of relative name → new content as JSON
}

// Single is what would have been without a search: the best of the proposals
// that were made for the original program.
type Single struct {
	Proposals int   `json:"proposals"`
	Ran       int   `json:"ran"`
	Best      Hash  `json:"best,omitempty"`    // empty: none is better than the original
	Refused   bool  `json:"refused,omitempty"` // the best did not stand its verification
	Total     Total `json:"total"`             // of the best, else of the original
	Estimates       // of what was measured of the best beside the original
}

// How runs end that can go on.
const (
	Interrupted  = "interrupted"
	TimeOver     = "the time of -max-time is over"
	FailedPrefix = "failed"
)

// Final reports whether a run came to the end that its flags and answers lead
// to. Where a signal, the clock or a failure stopped it, it can go on.
func (e *End) Final() bool {
	return e.Reason != Interrupted && e.Reason != TimeOver && !strings.HasPrefix(e.Reason, FailedPrefix)
}

// Verified is the evaluation of a winner in a fresh process.
type Verified struct {
	Hash     Hash   `json:"hash"`
	Rejected string `json:"rejected,omitempty"` // why it did not run
	Total    *Total `json:"total,omitempty"`
	Results  Hash   `json:"results,omitempty"` // blob: all that every case gave, held-out ones too
	Held     *Held  `json:"held,omitempty"`    // the held-out cases
}

// Resumed says that the run goes on after it was stopped. An end that stands
// before it does not count any more. What it holds replaces what the header
// says.
type Resumed struct {
	Tool    string `json:"tool"`
	Go      string `json:"go"`
	Flags   Flags  `json:"flags"`
	Model   string `json:"model"`
	Sandbox string `json:"sandbox"`
	Torn    Hash   `json:"torn,omitempty"` // blob: a partial line that stood here
}
