package journal

import (
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/train/strategy"
)

// Measured is what was measured by rounds: of the original alone, or of a
// candidate beside its base. It is what benchmarks report, or scores that vary
// from run to run.
type Measured struct {
	For        string      `json:"for"` // baseline, step, shrink, or verify
	Step       int         `json:"step,omitempty"`
	Base       Hash        `json:"base,omitempty"` // empty: the original alone
	Hash       Hash        `json:"hash"`
	Unit       string      `json:"unit"`             // score where that is what varies
	Better     string      `json:"better,omitempty"` // lower or higher; empty where that differs
	Benchmarks []Benchmark `json:"benchmarks"`
	Order      string      `json:"order,omitempty"` // what came first in each round: b for the base, c for the candidate
	Estimates              // of all
	Steady     bool        `json:"steady,omitempty"` // the values do not vary
	Accepted   bool        `json:"accepted,omitempty"`
	Mends      bool        `json:"mends,omitempty"`  // because fewer cases fail in every round
	Why        string      `json:"why,omitempty"`    // it is not accepted
	Failed     string      `json:"failed,omitempty"` // why it could not be measured
}

// Scores is the unit of a measurement of scores.
const Scores = "score"

// Benchmark holds the values of one benchmark, one for each round.
type Benchmark struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit,omitempty"`   // where several count
	Better string    `json:"better,omitempty"` // lower or higher, where several count
	Base   []float64 `json:"base,omitempty"`
	Values []float64 `json:"values"`
	Estimates

	Others map[string]float64 `json:"others,omitempty"` // what was reported besides in the last round, by unit
}

// Estimates say how the candidate's values stand to its base's: in the ratio,
// which of several benchmarks is a geometric mean, or of scores in the
// difference.
type Estimates struct {
	Ratio      *Estimate `json:"ratio,omitempty"`
	Difference *Estimate `json:"difference,omitempty"`
}

// Estimate is a value with the interval in which it lies. Without one there were
// too few rounds to tell.
type Estimate struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
}

// A Metric is one of several units by which benchmarks are compared.
type Metric struct {
	Unit   string  `json:"unit"`
	Better string  `json:"better"` // lower or higher
	Weight float64 `json:"weight,omitempty"`
}

// Units are the values of the flags -minimize and -maximize that say what the
// benchmarks are compared by.
func (f *Flags) Units() (minimize, maximize string) {
	list := f.Metrics
	if list == nil {
		list = []Metric{{Unit: f.Unit, Better: f.Better, Weight: 1}}
	}
	var low, high []string
	for _, m := range list {
		word := m.Unit
		if m.Weight != 1 {
			word += "=" + strconv.FormatFloat(m.Weight, 'g', -1, 64)
		}
		if m.Better == "higher" {
			high = append(high, word)
		} else {
			low = append(low, word)
		}
	}
	return strings.Join(low, ","), strings.Join(high, ",")
}

// InNoise is what becomes of a search that nobody asked for where scores vary: as
// many proposals a step, all of them for the best program.
func (f Flags) InNoise() Flags {
	if f.Parents > 1 {
		f.Search, f.Parents, f.Proposals = strategy.Sequential, 1, f.Parents*f.Proposals
	}
	return f
}

// A Round is what one of the programs gave in a round of a comparison of scores.
type Round struct {
	For     string `json:"for"` // step or verify
	Base    Hash   `json:"base"`
	Hash    Hash   `json:"hash"`
	N       int    `json:"n"`  // from 1
	Of      Hash   `json:"of"` // Base or Hash
	Results Hash   `json:"results"`
}

// Vary is a case whose score differs from run to run of the original.
type Vary struct {
	Case   string    `json:"case"`
	Values []float64 `json:"values"` // run by run
}
