// Package gen turns annotated Go packages into instrumented ones.
//
// [Load] loads the packages of the main module that the named packages need,
// once and from source. [Program.Instrument] rewrites the flow functions so
// that they record the execution graph, without touching a file: the result
// is a set of file contents for go build -overlay.
//
// A value depends on what it was computed from, and on nothing else: the fields
// of a struct and the elements of an array, a slice or a map each have nodes of
// their own, wherever the value goes. Coarser, and marked so in the trace file,
// are: a local struct or array of more than 32 leaves whose fields are assigned;
// equal values that wait in one channel and come from different nodes; what a
// runtime error says (any value of the function that recovers may have led to
// it); and what a call that is not followed may have changed.
//
// Such a call may change what its receiver and its arguments refer to, and what
// those were made of (a bufio.Writer changes the buffer behind it), unless it is
// known not to. Whoever looks there later, the caller of the function for
// example, finds that it depends on everything that the call was given. Not
// seen is what lies deeper: behind a pointer in a struct that the call was given,
// where the program had that pointer already.
//
// Code that is not rewritten calls a function by its name; its entry leads to the
// twin. Functions that only rewritten code calls, and that lead to no bundle and
// no node, have no entry, so that they are inlined as before. A case that has
// recorded as much as it may goes on in the functions as they were written.
//
// What a flow function computes becomes nodes; which of its lines it executed
// is kept for each case. A line counts when a statement on it begins. A bundle
// that is not followed inside has a copy of its body that keeps its lines and
// nothing else, unless the body looks at what that would change or defines types.
//
// A type that a function declares stays one type, whichever body makes a value of
// it: the twin of such a function has both bodies, and while the process records,
// calls that are not recorded go there too. Left alone is a function in which the
// name of such a type means something else as well, or another type that it
// depends on or that is generic.
//
// Init functions are followed like others. A variable of a package begins with a
// node of its own if its initialiser names a parameter or a node; that depends on
// all that the initialiser names, unless it is an expression of single values.
//
// What a test says with t.Error and its like, and what assertion libraries say
// for it, is feedback on the values that the message was given. An example's
// output is about the values that it printed with fmt.Print, or wrote to os.Stdout
// by that name or as an io.Writer.
//
// What the compiler, the runtime, the testing package and the race detector
// say of an instrumented program names the original files and lines. In stack
// traces the twin of (*T).Method is called Trace__T__Method, that of TestXxx is a
// method TestXxx; the function that it was entered by may stand below it, and between
// them frames of the recorder.
package gen

import (
	"go/token"

	"golang.org/x/tools/go/packages"

	"github.com/opto-go/trace/gen/directive"
	"github.com/opto-go/trace/gen/directive/report"
)

// Level says how deep values are followed.
type Level int

const (
	// LevelFlow follows values through flow functions.
	LevelFlow Level = iota
	// LevelBundle records at bundles, test functions and direct callers only.
	LevelBundle
)

// Config says what to load and how to rewrite it.
type Config struct {
	Dir        string            // working directory; empty: the process's
	Patterns   []string          // packages; empty: "."
	Tags       string            // build tags, comma-separated
	BuildFlags []string          // further flags of the go command that affect loading
	Env        []string          // nil: os.Environ()
	Tests      bool              // load test files too
	Overlay    map[string][]byte // absolute file name → contents that stand for it
	Level      Level
	All        bool // every function of the named packages is a flow function
}

// Program is a set of loaded packages.
type Program struct {
	Config   Config
	Fset     *token.FileSet
	Roots    []*packages.Package // the named packages, test variants included
	Packages []*packages.Package // every main-module package, from source, dependencies first
	ModRoot  string              // directory of the main module of the first root
	ModPath  string
	GoMod    string // its go.mod file
	GoWork   string // the go.work file in use, empty if none
	Cgo      bool   // a package that it needs has C code, the standard library apart
	Targets  []*directive.Target
	Findings []report.Finding // what is wrong with the directives

	goLine string // of the main module, for files that are named
}

// File is a rewritten source file.
type File struct {
	Path    string // absolute
	Content []byte
}

// NoteKind says what a note is about.
type NoteKind string

// Kinds of notes.
const (
	NoteFlow     NoteKind = "flow"     // why a function is followed
	NoteOpaque   NoteKind = "opaque"   // why a function is not followed
	NoteDegraded NoteKind = "degraded" // which construct is coarser, and why
)

// Note tells what the rewriting decided.
type Note struct {
	Pos    token.Position
	Kind   NoteKind
	Func   string
	Reason string
}

// Output is the result of Instrument.
type Output struct {
	Files []File // sorted by path
	Notes []Note // sorted by position
	// Unseen are the IDs of trainable parameters, sorted, that code names which is
	// not followed: it may use them without a trace.
	Unseen []string
}
