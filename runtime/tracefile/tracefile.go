// Package tracefile reads and writes trace files: newline-delimited JSON
// records of one or more instrumented program runs. The format is documented
// in package trace (runtime/doc.go).
package tracefile

// Version is the format version that this package writes and the highest it
// reads.
const Version = 1

// Header opens the records of one program.
type Header struct {
	Trace   int    `json:"trace"`
	Program string `json:"program"`
	Go      string `json:"go"`
}

// Case opens a case. Case 0 is the program itself (package initialisers,
// TestMain, a main function) and has no line of its own.
type Case struct {
	Case   int    `json:"case"`
	Name   string `json:"name"`
	Parent int    `json:"parent,omitempty"`
}

// Kinds of nodes.
const (
	KindParam     = "param"
	KindInput     = "input"
	KindOp        = "op"
	KindException = "exception"
)

// MaxNodes is the most nodes that a case may be asked to record.
const MaxNodes = 1 << 28

// Node is one recorded value.
type Node struct {
	N    int    `json:"n"`
	Case int    `json:"case"`
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`   // parameter identity, for KindParam
	Op   string `json:"op,omitempty"`   // callee as written, or "join"; empty: the expression Src itself
	Name string `json:"name,omitempty"` // variable that holds the value, if any
	At   string `json:"at,omitempty"`   // file:line:col relative to the module root
	Src  string `json:"src,omitempty"`  // source text of the expression
	In   []int  `json:"in,omitempty"`   // formal parameter order, receiver first; 0: untracked
	Fn   int    `json:"fn,omitempty"`   // the param node of the trainable function whose call this is
	// Call numbers a call of a bundle whose body was followed; its results share
	// the number. Body is the node that the body made of this result.
	Call int    `json:"call,omitempty"`
	Body int    `json:"body,omitempty"`
	Type string `json:"type,omitempty"`
	// Within is the Call inside which the node was recorded, the innermost.
	Within int `json:"within,omitempty"`
	// Value is bounded Go syntax.
	Value string `json:"value,omitempty"`

	Degraded string `json:"degraded,omitempty"` // why this node is coarser than the program
	Inferred bool   `json:"inferred,omitempty"`
	Count    int    `json:"count,omitempty"` // how many operators were collapsed into this one
}

// Feedback attaches text to the output node Feedback of a case; 0: to none.
type Feedback struct {
	Feedback int    `json:"feedback"`
	Case     int    `json:"case"`
	Text     string `json:"text"`
}

// Printed is the text of the feedback on what an example printed. Whether that was
// right only go test knows, which compares it when the function has returned: the
// result of an example that returns is ResultPass.
const Printed = "printed"

// Results of a case.
const (
	ResultPass   = "pass"
	ResultFail   = "fail"
	ResultSkip   = "skip"
	ResultKilled = "killed"
)

// End closes a case.
type End struct {
	End    int               `json:"end"`
	Result string            `json:"result"`
	Score  *float64          `json:"score,omitempty"`
	Lines  map[string]string `json:"lines,omitempty"` // file → "28-31,35"
	Spent  bool              `json:"spent,omitempty"` // it recorded as much as it may, and lines are missing
}
