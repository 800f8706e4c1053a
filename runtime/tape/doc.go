// Package tape records the execution graph of an instrumented program.
//
// It is called by code that tracegen writes, never by hand: its functions are
// named for short generated lines, and its exported signatures use no type of
// another package, so that generated code can be type-checked without loading
// anything else.
//
// A [Ref] is the number of a recorded node and stands beside a value as its
// shadow; 0 means that nothing is known about the value. Nodes are collected
// in blocks of a [Tape] and streamed to the trace file; numbers are unique in
// the process, so a Ref of one case may be an input of another.
package tape
