package tape

// Ref is the number of a node; 0 is an untracked value. The highest bit marks
// input nodes, so that feedback can prefer computed values without looking
// the node up.
type Ref uint32

const inputBit Ref = 1 << 31

func (r Ref) num() int { return int(r &^ (inputBit | aggBit)) }

// Site describes a place that records, as the source has it.
type Site struct {
	At   string // file:line:col, relative to the module root
	Src  string // the expression
	Op   string // the callee as written, if the expression is a call of a bundle
	Name string // the variable that gets the value
	Type string // static type, empty if it depends on type parameters
	ID   string // identity of the parameter, for trainable nodes

	// Args describe the arguments of a bundle call, receiver first.
	Args []ArgSite
	// Names are the variables that get the results of a bundle call.
	Names []string

	Degraded string // why the node is coarser than the program
	Deep     bool   // keep a snapshot that follows pointers
}

// ArgSite describes an argument expression of a bundle call.
type ArgSite struct {
	Src   string
	Const bool // a constant: it stays in the source text
}

// Bundle describes a bundle.
type Bundle struct {
	Name string // as in the source: f, T.m
	ID   string // identity if its body is trainable
	At   string // of the declaration
	Sig  string
	Args []ArgSite // formal parameters
	// NoCatch leaves panics alone.
	NoCatch bool
	// Follow tells that the body is followed, too.
	Follow bool
}
