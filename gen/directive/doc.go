// Package directive reads the //trace: comments of Go source.
//
// There are three directives, in Go's directive form: no space after the
// slashes, none around the colon, lower case.
//
//	//trace:bundle   on a function, a method or an interface method
//	//trace:node     on a package variable, a constant, a struct field, a
//	                 local definition or a //go:embed string
//	//trace:skip     on a function or a statement
//
// A directive stands in the comment directly above its declaration, among
// other comments if there are any, or trails it on the same line; one that
// trails belongs to its own line only. It names exactly one thing.
//
// Arguments follow the directive, separated by blanks:
//
//	key            a switch
//	key=word       a value without blanks, quotes and commas
//	key="text"     a Go string
//	key=`text`     a raw Go string
//
// A list is one quoted value with commas: choices="a,b,c". Two slashes where
// an argument would begin start a comment.
//
// # Arguments
//
// For bundle:
//
//	trainable      the body may be changed
//	name=ID        replaces the last part of the identity
//	desc="…"       describes the operator; default: the doc comment
//	constraint="…" advice to the model (with trainable)
//	allow="…"      packages, symbols (pkg.Sym) and "go" that a trainable body
//	               may use beyond the default
//	expand         follow values through the body too
//	nocatch        panics make no exception node
//
// For node:
//
//	trainable      the value may be changed
//	name= desc= constraint=
//	               as for bundle
//	min= max= step=
//	               enforced limits of a number or a time.Duration (1.5s);
//	               the grid of step starts at min, or at zero
//	choices="…"    the enforced set of values of any basic type
//	check=Func     func(T) error of the same package that accepts a value
//
// For skip:
//
//	reason="…"     why values are never followed here (required)
//
// # Where the value of a trainable node comes from
//
// A trainable node needs exactly one constant or composite literal in the
// source: the initialiser of a variable or constant, the definition of a
// local, and for a field the only key of a literal, or the only assignment,
// in the package that sets it. Test files do not count for a field that is
// declared outside them, so that the answer is the same with and without
// tests.
//
// # Identity
//
// importpath.Func, importpath.Type.Method, importpath.var,
// importpath.Type.field, importpath.Func.local; name= replaces the last part.
package directive
