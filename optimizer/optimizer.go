// Package optimizer defines what an optimizer sees and what it returns.
//
// An optimizer is given a [Problem] (the trainable parameters that feedback
// reached, the minimal subgraph of chosen cases with their feedback, and the
// history of earlier attempts) and returns [Proposal]s. It knows no file
// system, no build and no process.
package optimizer

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	trace "github.com/opto-go/trace/runtime"
)

// An Optimizer proposes new values for the parameters of a problem.
type Optimizer interface {
	// Name is the word that -optimizer takes.
	Name() string
	// Propose returns at most n proposals. Fewer, or none with a nil error,
	// means that the optimizer has nothing further to suggest. Errors are
	// for things that another call cannot mend.
	Propose(ctx context.Context, p *Problem, n int) ([]Proposal, error)
}

// Kind tells what a parameter is.
type Kind int

const (
	Value    Kind = iota // a trainable //trace:node
	FuncBody             // a trainable //trace:bundle
)

// Param is a trainable parameter as an optimizer sees it.
type Param struct {
	ID   string // importpath.Func, importpath.Type.Method, importpath.var, …
	Name string // shortest unambiguous suffix of ID
	Kind Kind
	Type string // Go type of a value, or the signature of a function
	// Source is the current text: a whole function declaration (doc comment
	// included, directives left out), or a Go expression.
	Source string
	Doc    string // doc comment or desc=

	Constraint string   // advice
	Min, Max   string   // enforced bounds as written, empty if none
	Step       string   // enforced grid as written, empty if none
	Choices    []string // enforced, empty if none
	Check      string   // name of the enforced check function, if any
	Allow      []string // packages and symbols allowed beyond the default

	File string // relative to the module root, slash-separated
	Line int

	// Typed syntax of the declaration, for optimizers that work on it.
	// Nil when it is not to be had.
	Syntax *Syntax
}

// Syntax is the typed declaration of a parameter. It is read-only.
type Syntax struct {
	Fset *token.FileSet
	File *ast.File
	Func *ast.FuncDecl // for FuncBody
	Expr ast.Expr      // for Value: the constant or composite literal
	Info *types.Info
	Pkg  *types.Package
}

// Problem is one optimization step: parameters, context and trace feedback.
type Problem struct {
	Objective string // what is wanted, one or two sentences
	Params    []Param
	Cases     []Case
	All       Standing  // of all cases, those that are not in Cases among them
	Code      []Snippet // functions on the way from a parameter to an output that are not trainable
	History   []Attempt // on the way to this assignment, oldest first
	Step      int       // counts from 1
	Slot      int       // of the first proposal in its step: several problems may share one
	Seed      int64

	// Check reports why a proposal is not a candidate, nil if it is one. It
	// parses, compares signatures, enforces constraints, type-checks and
	// applies the symbol allowlist, all in memory. Its error is worded for
	// the author of the proposal, unless it is a [*CheckError]. It need not be
	// safe for concurrent use.
	Check func(ctx context.Context, p Proposal) error

	// Read makes a proposal of a model's answer about Params, as [ParseAnswer]
	// does; nil stands for that. Its error is an [*AnswerError], a [*CheckError] or
	// that of ctx. It need not be safe for concurrent use.
	Read func(ctx context.Context, text string) (Proposal, error)
}

// Standing is where a program stands with all cases.
type Standing struct {
	Cases, Failed int
	Score         float64 // the mean
}

// A CheckError says why nobody knows whether a proposal is a candidate: no fault of
// its author's.
type CheckError struct{ Err error }

func (e *CheckError) Error() string { return e.Err.Error() }

func (e *CheckError) Unwrap() error { return e.Err }

// Case is one scored unit as the current assignment left it.
type Case struct {
	Name     string
	Result   string // pass, fail, skip, killed
	Score    float64
	Measured string       // what a benchmark measures, such as "1250 ns/op"; empty for other cases
	Feedback []string     // everything said about this case
	Graph    *trace.Graph // nil if the case was not recorded or reached no parameter
	Recorded string       // how the run that Graph is of ended, if otherwise than Result and Score say
	// Ran tells, by Param.ID, which lines of Param.Source that run executed: "3-6,9",
	// where the first line is 1. A function without an entry did not run, or
	// nobody knows. The line of a case of a switch or select counts if that was
	// chosen.
	Ran map[string]string
}

// Snippet is source text with its position.
type Snippet struct {
	Name   string // function name
	File   string
	Line   int
	Source string
	Doc    string
	Lines  string // executed lines of Source, "1-4,8"; empty if unknown
}

// ParseLines gives the numbers that ranges such as "28-31,35" stand for, in
// ascending order. What is no range is left out.
func ParseLines(ranges string) []int {
	var lines []int
	for _, part := range strings.Split(ranges, ",") {
		from, to, ok := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		last := first
		if ok {
			if last, err = strconv.Atoi(to); err != nil {
				continue
			}
		}
		for n := first; n <= last && n-first < maxRange; n++ {
			lines = append(lines, n)
		}
	}
	slices.Sort(lines)
	return lines
}

// maxRange bounds the lines of a range: no function has more.
const maxRange = 10000

// Attempt is an earlier proposal and what became of it.
type Attempt struct {
	Step     int
	Proposal Proposal
	Rejected string // why it never ran; empty if it was scored
	Failed   int    // failed cases
	Total    int    // all cases
	Score    float64
	Measured string // what benchmarks measured beside the accepted program; empty without
	Accepted bool   // what comes later started from it
	Beside   bool   // it is good too and led elsewhere: others work on it
	Merged   bool   // it takes over what another program has; it started from what its step accepted
	Feedback string // short: first failing messages
	Cases    map[string]float64
}

// Proposal assigns new source text to parameters.
type Proposal struct {
	// Assign maps Param.ID to its new Source: a whole function declaration or
	// a Go expression. Parameters that are not named keep their source.
	Assign    map[string]string
	Reasoning string
}
