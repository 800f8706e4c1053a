// Package tape records the execution graph of an instrumented program.
//
// It is called by code that tracegen writes, never by hand: its functions are
// named for short generated lines, and its exported signatures use no type of
// another package, so that generated code can be type-checked without loading
// anything else.
//
// A [Ref] is the number of a recorded node and stands beside a value as its
// shadow; 0 means that nothing is known about the value. Numbers are unique in
// the process, so a Ref of one case may be an input of another.
//
// Recording must cost next to nothing, so it is done in two steps:
//
//	Rec  → a record of a few words in the block of a shard (node.go, shard.go)
//	drain → lines of the trace file (drain.go, format.go)
//
// A record names a place: a [Site] together with the type of the value, of which
// all that is constant is encoded once (place.go). A tape has one shard until
// two goroutines meet on it, and then many, so that they hardly ever wait for
// each other. A drain takes the blocks of all shards at one moment, so it can
// put every node behind its inputs. The blocks of a process are bounded and used
// again; they hold no pointers (block.go).
//
// What memory holds has nodes, too: a cell for each address that a node was
// stored at (celltable.go). Budgets end in collapsed nodes (collapse.go, lost.go),
// never in nothing: a value may come from more than it did, not from less.
package tape
