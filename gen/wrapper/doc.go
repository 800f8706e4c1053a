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
// taken.
//
// The file also registers the parameters of the package: identity, type,
// documentation and constraints. It holds no body and no value, so that
// applying the result of a training never makes it stale.
//
// No wrapper is generated yet for generic and variadic functions and for
// several results besides an error. Neither is one for a function in a file
// with a build constraint, since the generated file has none, nor for bundles
// in test files.
//
// [Run] is the command; [Generate] makes the text for one package, and
// [Stale] and [Update] compare it with the file and replace it.
package wrapper
