// Package trace records where values came from, attaches feedback to them, and
// cuts out the part of the computation that matters: the minimal subgraph
// between trainable parameters and an output.
//
//	import trace "github.com/opto-go/trace/runtime"
//
// Most programs never import it. They say //trace:bundle and //trace:node in
// comments, and tracegen records them (see its documentation). This package is
// for those who want to
//
//   - report scores and feedback from tests and programs: [Score], [Feedback];
//   - hold nodes themselves: the explicit API, [Node] and what takes it;
//   - read what was recorded: [ReadRecording], [Graph].
//
// It depends on the standard library only.
//
// # Scores and feedback
//
//	func TestPlay(t *testing.T) {
//		hits := play()
//		trace.Feedback(t, hits, "%d of 17 found", hits)
//		trace.Score(t, float64(hits)/17)
//	}
//
// Under tracetrain they go to the result pipe, whether the program is
// instrumented or not. Otherwise they are lines of the test's log. A main
// program gives a nil [TB]; without a pipe it stays silent.
//
// # The explicit API
//
// A [Node] is a value together with the operator and the inputs that it came
// from. [Param] makes trainable ones, [Const] others; [Add], [Mul], [Index]
// and so on compute like Go's operators and record what they did; wrappers
// written by tracegen do the same for functions that are bundles. [Backward]
// attaches feedback to an output and returns the minimal subgraph as a
// [Graph]. See the examples.
//
// A function with several results leaves one node for each, one after the
// other, all with the same operator and inputs. They are called after the names
// of the results if the function gives them names: quo0 and rem0 of a function
// divmod, and else divmod0 and divmod1. Each argument of a variadic function is an
// input of its own. A context is no node, and shows as _. Calls of bundles know where the program
// made them ([GraphNode.At]); operators do not, because finding out costs as
// much as recording them.
//
// Nodes are ordinary values: immutable, safe for concurrent use, collected by
// the garbage collector when nothing refers to them. A graph is made on
// request, in time linear in the nodes and edges behind its outputs, and
// changes nothing: any number of graphs with different feedback can be made
// from the same nodes. One feedback belongs to exactly one output; [NewGraph]
// takes several.
//
// Errors keep Go's shape. The wrapper of a function with an error result
// returns (*Node[T], error). The error carries an exception node, which
// [Exception] returns and which takes feedback like any other node. It wraps
// the original, so compare with errors.Is, not with ==. A panic continues as
// one with [*Raised], which carries its exception node too, unless the
// directive says nocatch.
//
// Mistakes in the options of a parameter never panic. They are errors of the
// node ([Node.Err]) and of every graph that holds it ([Graph.Err]).
//
// # Values
//
// Graphs and trace files show values as bounded Go syntax, as they were when
// they were recorded: []agent.Coord{{X: 3, Y: 4}, … 12 more}. No method of
// a value is called for that and no address is shown; what was left out is
// marked by an ellipsis outside of quotation marks and counted. A struct that
// holds a lock, an atomic or a channel appears as {…}, because reading it could
// race. [Show] makes such a picture of any value.
//
// The environment variable TRACE_VALUES of the program sets the bounds;
// tracegen's flag -values does the same:
//
//	TRACE_VALUES=depth=6,elems=100,bytes=2000,errors=text
//
//	depth   composite values within each other: 1 to 32, usually 4
//	elems   elements or fields shown of each: 1 to 1000, usually 32
//	bytes   length of a value: 40 to 4000, usually 600
//	errors  fields: an error is shown by its fields, like any other value
//	        (usual); text: by what its Error method says. That is called when the
//	        error is recorded, if it panics the fields are shown.
//
// # Graphs
//
// A [Graph] holds nodes in topological execution order: a node comes after
// everything that it came from, and otherwise in the order in which the
// program computed it. It contains the nodes on a path from a parameter to an
// output and their direct inputs. If no parameter reaches the outputs, it
// contains all that the outputs came from and [Graph.Reached] is false.
// Making one takes time linear in the nodes and edges up to its last output, and
// at most 200 bytes of memory for each of its nodes.
//
// [Graph.WriteText] prints it as Go-like statements, [Graph.WriteSVG] draws it,
// [Graph.WriteDOT] has Graphviz draw it. They show a statement that was executed
// more than eight times once, with its count and chosen executions; [Graph.Fold]
// sets another bound, or none. [Graph.WriteJSON] writes all of it for programs.
//
// # The trace file
//
// A recorded program writes newline-delimited JSON, one object per line, while it
// runs: at the end of a case, with every feedback, before the call of a bundle,
// after 16 MiB of records, and once a second while it records. Package [github.com/opto-go/trace/runtime/tracefile]
// reads and writes it.
//
//	{"trace":1,"program":"example.com/m/agent","go":"go1.26"}
//	{"case":2,"name":"TestPlay/seed=3","parent":1}
//	{"n":7,"case":2,"kind":"op","op":"a.act","name":"output1","at":"agent/agent.go:31:12","src":"a.act(m, plan)","in":[3,6,0],"type":"Coord","value":"agent.Coord{X: 3, Y: 4}"}
//	{"feedback":7,"case":2,"text":"not a legal move"}
//	{"end":2,"result":"fail","score":0.6,"lines":{"agent/agent.go":"28-31,35"}}
//
// The first key of a line names its kind. Readers skip lines of unknown kinds
// and unknown keys, so that both can be added without a new version. Keys
// with the zero value of their type are left out where marked optional. Text
// is UTF-8; bytes that are not become U+FFFD.
//
// Header. It opens the lines of one program. Files may be concatenated; every
// header starts anew, with numbers of its own.
//
//	trace    version of the format: 1; readers refuse later ones
//	program  import path of the main package or of the package under test
//	go       version of Go
//
// Case. A case begins: a (sub)test, example, fuzz seed or benchmark. The
// program itself (package initialisers, TestMain, a main function) is case 0
// and has no line.
//
//	case     its number, from 1, unique in the program
//	name     full name: TestPlay/seed=3
//	parent   number of the case that contains it (optional)
//
// Node. A value was recorded.
//
//	n         its number, from 1, unique in the program
//	case      the case that computed it
//	kind      param: a parameter
//	          input: a value that entered from outside
//	          op: the result of an operator
//	          exception: a returned error or a panic of an operator
//	id        identity of a parameter (param only)
//	op        callee as written, or "join"; empty for an expression (optional)
//	name      variable that holds the value (optional)
//	at        file:line:col, relative to the module root (optional)
//	src       source text of the expression (optional)
//	in        numbers of the inputs in the order of the operator's formal
//	          parameters, receiver first; 0 is an untracked one (optional)
//	fn        number of the param node that is the trainable function whose
//	          call this is (optional)
//	call      number of a call of a bundle whose body was followed too, from 1,
//	          unique in the program; the nodes of its results share it (optional)
//	body      number of the node that the body made of this result, as the
//	          inside of the call; with call only (optional)
//	within    number of the call inside which the node was recorded, the
//	          innermost (optional)
//	type      Go type (optional)
//	value     bounded Go syntax (optional)
//	degraded  why this node is coarser than the program (optional)
//	inferred  true if its inputs were inferred, not followed (optional)
//	count     how many operators were collapsed into this node (optional)
//
// A call that was followed can be shown in two ways. As one operator it is like
// any other: in holds its arguments, fn the function. Its inside are the nodes
// that have its number as within, and those of the calls inside it: they lie
// between the nodes in in, with what else the body uses, and the node body. A
// result without body came from nothing that was followed. Inside a call whose
// fn is a parameter, every value depends on that parameter.
//
// Budgets keep a recording finite. Calls are followed 100 deep; what goes on
// deeper inside is one node with collapsed as op, with the count of what it
// stands for and all that it came from. It is several nodes, one after the other,
// where something was written in between. A case records 262,144 nodes (or as
// many as the environment variable TRACE_NODES says; 32 bytes of a string count as
// one more, and 8 bytes of what is shown of a value with parts, which takes that
// much longer) and knows those of 1,048,576 elements, fields and variables in
// memory. After that it is spent: a last node with collapsed as op stands for every
// later value. It comes from all that was recorded in the case and in those around
// it, and from every parameter; some of these may not have been used before, and
// then have no value. A process keeps
// 16 MiB of records before it writes them.
//
// Numbers ascend only among the nodes that one goroutine recorded in one go. The
// lines are in topological order: those of a node's inputs and of its function
// come before its own, also with several goroutines and cases. Readers should
// not rely on it (files of other writers may differ): a number that no line has
// stands for an untracked value. A value cannot come from itself.
//
// A node named join as op is not of the program: it stands for the several
// values that one feedback used.
//
// Feedback. A text is attached to an output.
//
//	feedback  number of the node; 0 if the feedback used no followed value
//	case      the case it was given in
//	text      what was said
//
// End. A case ended.
//
//	end      its number; 0 for the program itself
//	result   pass, fail, skip or killed
//	score    the last score that was reported, finite (optional)
//	lines    executed lines of flow functions and bundles, as an object from
//	         file to ascending ranges: "28-31,35" (optional)
//	spent    true if the case recorded as much as it may: what it executed
//	         after that is not among its lines (optional)
//
// The program itself ends when its main function returns or panics (fail, with
// feedback that says where), or when a function that is followed calls os.Exit
// (fail unless its argument is 0) or log.Fatal. After runtime.Goexit in main it
// ends with the first of these. A crash that runs no deferred function of main,
// such as a panic in another goroutine, leaves no end: tracegen run -record adds
// one with the result killed.
//
// A test binary writes no end for case 0. That case is scored nowhere (what
// TestMain exits with repeats the results of the tests), and when it ends is
// not to be known: the main function that go test generates calls the tests and
// os.Exit, and most packages have no TestMain to stand before that. So the lines
// of package initialisers and of TestMain are not kept, their nodes are, and a
// missing end of case 0 says nothing about a test binary.
//
// A line was executed if a statement that starts or continues there began;
// what a panic kept from running is left out, and so are the bodies of
// bundles. A condition or a call that takes several lines counts as a whole,
// the line of a case or an else counts if its branch was taken. Comments,
// empty lines and lines of brackets belong to the executed lines around them.
// The lines of a sub-test are its own and not its parent's. What goroutines
// do after the end of their case is nobody's; what sync.Once, sync.OnceFunc and
// its like run is the program's.
//
// A program that is killed leaves a file that may end anywhere. It is readable
// up to its last whole line; its last cases have no end line. What is missing is
// what it recorded since it wrote last.
package trace
