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
// trails belongs to its own line only. It names exactly one thing. It is no part of
// the doc comment: gofmt moves it to the end of that, below a line with two slashes
// only, where it is read as before:
//
//	// Half returns the half of n.
//	//
//	//trace:bundle trainable
//	func Half(n int) int { … }
//
// Arguments follow the directive, separated by blanks:
//
//	key            a switch
//	key=word       a value without blanks, quotes and commas
//	key="text"     a Go string
//	key=`text`     a raw Go string
//
// Quotes are double quotes, with Go's escapes (\" is a quote, \n a line break),
// or back quotes, which keep every character; single quotes are none. Texts,
// such as desc="…", constraint="…" and reason="…", and lists need them as soon as
// they hold a blank, a comma, an equals sign or a quote.
//
// A list (choices=, allow=) is one quoted value with commas between its entries:
// choices="a,b,c". Blanks around an entry do not belong to it. An entry holds any
// other character, quotes too (choices="',\",|" has three), but no comma, and is
// not empty. Where such a value has to be allowed, use check= instead.
//
// Two slashes where an argument would begin start a comment.
//
// # Arguments
//
// For bundle:
//
//	trainable      the body may be changed
//	name=ID        replaces the last part of the identity
//	desc="…"       describes the operator; default: the doc comment
//	constraint="…" advice to the model (with trainable)
//	allow="…"      a list of what a trainable body may use beyond the default:
//	               packages, symbols (pkg.Sym), and go for goroutines
//	expand         follow values through the body too (see below)
//	nocatch        panics make no exception node
//
// For node:
//
//	trainable      the value may be changed; that of a //go:embed string or
//	               []byte is the text of the one file that it names
//	name= desc= constraint=
//	               as for bundle
//	min= max= step=
//	               enforced limits of a number or a time.Duration (1.5s);
//	               the grid of step starts at min, or at zero
//	choices="…"    the enforced set of values of any basic type, as a list
//	check=Func     func(T) error of the same package that accepts a value
//
// For skip:
//
//	reason="…"     why values are never followed here (required)
//
// # What is inside a bundle
//
// A call of a bundle is one operator on its arguments, and what its body calls
// is part of it: other bundles too. With expand the body is followed as well,
// so that a graph can show the call or its inside. It is also followed, without
// being told, when a parameter lies inside that is not among the inputs of the
// call: a trainable bundle that the body may call, directly or through other
// functions, interfaces and function values, or a trainable node that it reads.
// Otherwise nothing would lead to that parameter. Each call is a node of its own,
// recursive ones too, until calls lie 100 deep inside each other: what goes on
// inside the next is one node with a count.
//
// The inputs of a call are its arguments in the order of the formal parameters,
// receiver first; what a variadic parameter gets is one input. A generic bundle
// is one parameter, whatever it is instantiated with. Bundles may be used as
// values: a call of one through a variable, field, argument or method value is
// followed like any other, where followed code makes it. What code that is not
// followed, such as sort.Slice, calls a function for is not an input of its node.
//
// # Bundles on interface methods
//
// Every call of an interface method with a directive is one operator of that
// name, whatever answers it: types of other packages and modules too. A call is
// one of that method if the static type of its operand is the interface, embeds
// it, or is a type parameter with it as constraint. Calls of the method of a
// type that implements the interface go to that method, which is a bundle if it
// says so itself; so do calls through another interface with an equal method.
// The method cannot be trainable, because it has no body; an implementation can
// be, and is followed inside the call then, as all are with expand. The interface
// must be declared with a name at package level.
//
// # What is skipped
//
// Calls of a function under skip are like those of code that is not followed:
// one operator on all arguments. A statement under skip, with all that is inside
// it, becomes one coarse operator on the variables that it names, and what it
// assigns, or takes the address of, comes from there. Calls in it are taken to
// change nothing else. A variable that the statement assigns in a function
// literal, or assigns in a block while function literals use it too, is not
// followed at all.
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
