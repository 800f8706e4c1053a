// Package wrapper writes trace_gen.go, the generated file of a package that
// uses the explicit API of package trace.
//
// For every //trace:bundle the file has a wrapper that takes and gives nodes
// and keeps Go's shape:
//
//	//trace:bundle
//	func bar(x float64) (float64, error)
//
//	func traceBar(x *trace.Node[float64]) (*trace.Node[float64], error)
//
// The wrapper of an exported function Bar is TraceBar. That of a method is
// traceTypeMethod, or TraceTypeMethod if type and method are exported, and
// takes the node of the receiver first; an interface method is like any other.
// The option name= replaces the last part, which also helps when the name is
// taken: in the package, in its tests, in files of other systems and tags, or
// by an import of one of its files.
//
// Bundles whose names differ by a capital only have wrappers of different names
// as long as one of them is exported: traceBar and TraceBar. Where they would
// have the same, as run and Run of an unexported type, each is spelled as the
// source has it: trace_type_run and trace_type_Run.
//
// # Shapes
//
// Type parameters stay what they are; those of a method's type become the
// wrapper's own. Each argument of a variadic function is a node, and an input,
// of its own: traceF(xs ...*trace.Node[T]), to be called with nodes or with a
// slice of them and three dots. Every result is a node of its own except for an
// error that stands last:
//
//	//trace:bundle
//	func split[S ~string](s S, seps ...rune) (head, tail S, err error)
//
//	func traceSplit[S ~string](s *trace.Node[S], seps ...*trace.Node[rune]) (head, tail *trace.Node[S], err error)
//
// A [context.Context] is handed through as it is, as parameter and as result:
// it belongs to the call, and no value comes from it. Functions and channels are
// values like others. Where a function takes an interface, the runtime's As makes
// a node of it of one that holds something else.
//
// # The table
//
// The file also registers the parameters of the package: identity, type,
// documentation and constraints. It holds no body and no value, so that
// applying the result of a training never makes it stale.
//
// # What is refused
//
// The generated file belongs to the package on every system, under all build
// tags and outside of tests. So there is no wrapper for a function in a file
// with a build constraint, and parameters that are declared in such a file are
// not in the table; bundles in test files have none either. What cannot be
// called or named from another file is refused with a hint: function main,
// methods of local types, signatures with types of cgo.
//
// # The file
//
// It is written by a temporary file and a rename, and all packages or none are
// written; through a symbolic link, the file that it leads to. A file
// trace_gen.go without the header line [Header] is somebody's own, and never
// touched. A package that lost its last directive has the file deleted.
//
// [Run] is the command; [Generate] makes the text for one package, and
// [Stale] and [Update] compare it with the file and replace it.
package wrapper
