package report

import (
	"encoding/json"
	"io"

	"github.com/opto-go/trace/internal/train/journal"
)

// Version is that of the JSON document.
const Version = 1

// What became of a run.
const (
	Improved  = "improved"  // it came to its end and has a diff
	Unchanged = "unchanged" // it came to its end, and nothing better was found
	Stopped   = "stopped"   // it can go on
)

// A Report is what there is to say about a run. Texts are as the journal has
// them: whoever shows them escapes them.
type Report struct {
	Version int    `json:"version"`
	Run     string `json:"run"`    // id
	Summary string `json:"title"`  // the result in one line
	Status  string `json:"status"` // improved, unchanged, stopped
	Reason  string `json:"reason"` // why it ended
	Resumed int    `json:"resumed"`

	Module   string   `json:"module"`
	Packages []string `json:"packages"`
	Params   []string `json:"parameters"` // all that are trainable

	Objective  Objective   `json:"objective"`
	Before     *Standing   `json:"before"` // null: the baseline was not measured
	After      *Standing   `json:"after"`  // null: nothing better was found
	Verified   *Standing   `json:"verified"`
	Cases      []Case      `json:"cases"`
	Order      *Order      `json:"order,omitempty"`    // absent: that of the source
	HeldOut    *HeldOut    `json:"held_out,omitempty"` // absent: none were
	Benchmarks *Benchmarks `json:"benchmarks"`         // null: there was none to improve
	Scores     *Scores     `json:"scores,omitempty"`   // absent: none varies

	Changes  []Change   `json:"changes"` // that lead to the result, in order
	Tried    Tried      `json:"tried"`
	Single   *Single    `json:"single,omitempty"` // absent: it was not counted
	Rejected []Rejected `json:"rejected"`         // the most frequent reasons first
	Warnings []string   `json:"warnings"`

	Setup  Setup    `json:"setup"`
	Spent  Spent    `json:"spent"`
	Replay []string `json:"replay"` // command lines
	Diff   string   `json:"diff"`
}

// Objective says what was wanted.
type Objective struct {
	Kind   string `json:"kind"` // cases or benchmarks
	Run    string `json:"run,omitempty"`
	Bench  string `json:"bench,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Better string `json:"better,omitempty"` // lower or higher

	Metrics []journal.Metric `json:"metrics,omitempty"` // where there are several units
}

// Order is the order of the top-level tests; see [journal.Order].
type Order = journal.Order

// Standing is how the cases stand.
type Standing struct {
	Failed int     `json:"failed"`
	Cases  int     `json:"cases"`
	Score  float64 `json:"score"` // mean
}

// Case is a case before and after.
type Case struct {
	Name   string   `json:"name"`
	Before *Outcome `json:"before"` // null: there was no such case
	After  *Outcome `json:"after"`
	New    bool     `json:"new,omitempty"` // unknown at baseline: shown, not scored

	Otherwise bool `json:"otherwise,omitempty"` // fails as before, and says something else
}

// Outcome is what became of a case.
type Outcome struct {
	Result string   `json:"result"`
	Score  *float64 `json:"score,omitempty"`
}

// Benchmarks is what was measured of the result beside the original, or, until
// that is done, beside what was accepted before it.
type Benchmarks struct {
	Unit    string            `json:"unit"`
	Better  string            `json:"better"`
	Beside  string            `json:"beside"` // original or base
	List    []Benchmark       `json:"list"`
	Ratio   *journal.Estimate `json:"ratio,omitempty"` // geometric mean of all
	Rounds  int               `json:"rounds"`
	Steady  bool              `json:"steady,omitempty"`
	Outcome string            `json:"outcome,omitempty"` // why it does not count as better
}

// Benchmark is one of them. Spread is by how much the value that is farthest
// from the median differs, as a part of it.
type Benchmark struct {
	Name         string            `json:"name"`
	Unit         string            `json:"unit,omitempty"`   // where there are several
	Better       string            `json:"better,omitempty"` // lower or higher, where there are several
	Before       float64           `json:"before"`           // median
	BeforeSpread float64           `json:"before_spread"`
	After        float64           `json:"after"`
	AfterSpread  float64           `json:"after_spread"`
	Ratio        *journal.Estimate `json:"ratio,omitempty"`
}

// Change is an accepted proposal.
type Change struct {
	Step   int               `json:"step"`
	Params []string          `json:"parameters"`
	Why    string            `json:"why"`             // as the optimizer said, shortened
	Ratio  *journal.Estimate `json:"ratio,omitempty"` // of what benchmarks measure, to the program that it changes
}

// Tried counts proposals.
type Tried struct {
	Proposals int `json:"proposals"` // answers that are none among them
	Evaluated int `json:"evaluated"` // different ones that ran
	Accepted  int `json:"accepted"`
}

// Rejected is why proposals were not accepted.
type Rejected struct {
	Reason  string `json:"reason"`
	Count   int    `json:"count"`
	Example string `json:"example,omitempty"` // what one of them was about, shortened
}

// Setup is what a run was made with.
type Setup struct {
	Tool       string   `json:"tool"` // version of tracetrain
	Go         string   `json:"go"`
	Optimizer  string   `json:"optimizer"`
	Model      string   `json:"model"`
	Seed       int64    `json:"seed"`
	Sandbox    string   `json:"sandbox"`
	Tags       string   `json:"tags,omitempty"`
	BuildFlags string   `json:"goflags,omitempty"`
	Env        []string `json:"env,omitempty"` // names

	// Allow is what parameters may use beyond the default, by ID.
	Allow map[string][]string `json:"allow,omitempty"`

	// Timeout is the time limit of a case in milliseconds. If nobody gave one, it is
	// that of the first run of a candidate, and TimeoutFrom says where it comes from.
	Timeout     int64  `json:"timeout_ms"`
	TimeoutFrom string `json:"timeout_from,omitempty"`
}

// Spent is what models used.
type Spent struct {
	Calls   int     `json:"calls"`
	Tokens  int     `json:"tokens"`
	USD     float64 `json:"usd"`
	Guess   bool    `json:"estimated,omitempty"`
	Program int     `json:"program_calls"` // of Calls, those that the program made

	cost string // USD as people write it
}

// WriteJSON writes r as an indented JSON document.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
