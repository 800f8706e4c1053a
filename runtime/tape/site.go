package tape

import (
	"sync/atomic"
	"unsafe"
)

// Ref is the number of a node; 0 is an untracked value. The highest bit marks
// input nodes, so that feedback can prefer computed values without looking
// the node up.
type Ref uint32

const inputBit Ref = 1 << 31

// lastRef is the highest number that a node may have.
const lastRef = 1<<30 - 1

func (r Ref) num() int { return int(r & lastRef) }

// Site describes a place that records, as the source has it. It must not be
// copied; variant makes one that differs.
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
	TB       int    // number of the argument that is a test, from 1; 0 if there is none

	hint     unsafe.Pointer // atomic: *hint
	variants unsafe.Pointer // atomic: *variant
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

	plain unsafe.Pointer // atomic: *Site of calls that nobody wrote down
}

// variant is a site that was made from another, in a list of all of those.
type variant struct {
	key  variantKey
	site *Site
	next *variant
}

type variantKey struct {
	of   variantOf
	i    int
	text string
}

type variantOf uint8

const (
	ofArg      variantOf = iota // argument i of a call, written as text
	ofResult                    // result i, for the variable text
	ofJoin                      // the values that a feedback used
	ofDegraded                  // a coarser node, because of text
	ofNoCall                    // not the call that the site describes
)

// variant gives the site that differs from s as change says. It is made once,
// so the sites of a program stay as few as its places.
func (s *Site) variant(k variantKey, change func(*Site)) *Site {
	for {
		head := (*variant)(atomic.LoadPointer(&s.variants))
		for v := head; v != nil; v = v.next {
			if v.key == k {
				return v.site
			}
		}
		c := &Site{At: s.At, Src: s.Src, Op: s.Op, Name: s.Name, Type: s.Type, ID: s.ID,
			Args: s.Args, Names: s.Names, Degraded: s.Degraded, Deep: s.Deep}
		change(c)
		v := &variant{k, c, head}
		if atomic.CompareAndSwapPointer(&s.variants, unsafe.Pointer(head), unsafe.Pointer(v)) {
			return c
		}
	}
}

// degraded is s with the reason why its node is coarse.
func (s *Site) degraded(why string) *Site {
	return s.variant(variantKey{of: ofDegraded, text: why}, func(c *Site) { c.Degraded = why })
}
