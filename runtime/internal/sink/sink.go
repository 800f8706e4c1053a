// Package sink lets a recorder hear what a program reports through package
// trace: nodes of the explicit API do not live on its tape, but feedback on
// them belongs into its file.
package sink

import (
	"sync/atomic"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Sink takes reports. Its methods are called concurrently.
type Sink interface {
	// Score takes the score of a case; the name is empty outside tests.
	Score(name string, v float64)
	// Feedback takes a text on node number out of nodes, which are the
	// minimal subgraph, numbered from 1 in topological order and owned by
	// the callee; out is 0 if the text is on no node of the explicit API.
	Feedback(name string, nodes []tracefile.Node, out int, text string)
}

type holder struct{ s Sink }

var active atomic.Value // of holder

// Set makes s the sink of the program; nil: none. It returns the one before.
func Set(s Sink) Sink {
	old := Active()
	active.Store(holder{s})
	return old
}

// Active returns the sink of the program, nil if there is none.
func Active() Sink {
	h, _ := active.Load().(holder)
	return h.s
}
