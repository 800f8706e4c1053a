/*
Tracegen writes instrumented wrappers and runs instrumented programs.

Usage:

	tracegen [-C dir] [-tags t] [-d] [-v] [packages]
	tracegen [-C dir] build|run|test [-record FILE] [-values V] [-nodes N] [-all] [-level L]
	                      [go's flags] ...
	tracegen [-C dir] [-tags t] vet [-fix] [-diff] [packages]
	tracegen [-C dir] [-tags t] [-v] -o DIR [packages]
	tracegen [-C dir] graph [-format text|dot|svg|json] [-case NAME] [-inside | -full] [-unfold] FILE

With -h behind a command, or tracegen help COMMAND, its help alone is printed.

Without a command, tracegen writes the file trace_gen.go of each named package
with directives: the wrappers for the explicit API and the table of parameters.
The file is to be committed. It holds no bodies and no values, so training never
makes it stale; a package that lost its last directive has it deleted. The
wrapper of bar is traceBar, of Bar TraceBar, of a method TraceTypeMethod; it takes
and gives nodes where the function has values, keeps type parameters, variadic
arguments and an error that stands last, and hands a context through.

Flags:

	-d         write nothing; print the difference and exit 1 if there is one
	-v         say which functions are followed, which are opaque and what
	           degrades to a coarser node, and why (on standard error)
	-o DIR     write the rewritten files and overlay.json to DIR instead, to read
	-tags t    build tags, comma-separated
	-C dir     change to dir before anything else

# Commands build, run, test

These commands are the go command's on the instrumented program. No file of the
module is touched, go.sum included, and the module need not require this one: the
rewritten source and the recorder are delivered by an overlay. The program behaves
as it would under go build, go run and go test, and the exit code is that of the go
command, or 2 if that is not reached. Tracegen's own flags stand directly after the
command, everything after them is go's, verbatim:

	-record FILE  write the trace file FILE (run and test). For test this implies
	              -count=1, since a cached result records nothing. A case whose
	              program was killed ends with the result "killed".
	-values V     bounds of the values in that file, among depth=4 (composite values
	              within each other), elems=32 (elements or fields of each),
	              bytes=600 (length of the text), and errors=text to show an
	              error by what its Error method says and not by its fields:
	              -values depth=6,elems=100. No other method is ever called.
	-nodes N      how many nodes a case records (262144), where 32 bytes of a string
	              count as one more, as do 8 bytes of what is shown of a struct or a
	              list. After that, or after 16 times as many steps through memory,
	              the case runs as fast as it does without us, and one node stands
	              for whatever it computes; the graph says so.
	-all          follow every function of the named packages
	-level L      flow: follow values through functions (the default);
	              bundle: record at annotated functions only

An instrumented program records when the environment variable TRACE_DIR names a
directory: each process creates its own file there. The flag -record does this
and merges the files in package order; a program from tracegen build is started
with TRACE_DIR by hand, and with TRACE_VALUES and TRACE_NODES for what -values
and -nodes say.

Not possible, and refused: -cover and its kin, because the go command drops
overlays then (golang/go#73802); packages outside the main module; named
packages that neither have a directive nor import one from the module.

# Command vet

Vet checks the directives (//trace:bundle, //trace:node, //trace:skip) and exits 1
if there are findings. Their arguments are written

	key              a switch: trainable
	key=word         without blanks, commas, quotes: min=8
	key="text"       a Go string, or `text` in back quotes: desc="the whole text"
	key="a,b,c"      a list (choices=, allow=): one value in quotes, with commas
	                 between the entries, which hold no comma: choices="',|"

	-fix       first mend what there is one clear way for: misspelt directives
	           and options, blanks and quotes, a directive that is detached from
	           its declaration or stands there twice; all files or none
	-diff      print what -fix would change, and change nothing

Tracegen also is a vet tool, and one that go vet -fix and go fix can apply:

	go vet -vettool=$(go tool -n tracegen) ./...
	go fix -fixtool=$(go tool -n tracegen) ./...

# Command graph

Graph prints the part of a trace file that connects parameters with the outputs that
got feedback, in the order in which it was executed. As text it also says which
lines the case executed of the files in the graph: lines of bundles and of functions
that are followed. What a bundle calls is among them if it is one of these, too.

	-format F  text: statements with their values;
	           svg: a picture of all cases, for any browser;
	           dot: a picture of each program, for Graphviz;
	           json: an array with an object for each case, for programs: program,
	           case (its name), result, score, lines (executed lines: file to
	           ranges) as in the trace file, and graph (Graph.WriteJSON). Keys
	           without a value are left out
	-case C    only the case of this name
	-inside    the inside of every bundle whose body was followed; without it only
	           where a parameter lies inside that nothing else leads to
	-full      all recorded nodes
	-unfold    show every execution. Otherwise a statement that was executed more
	           than eight times, as in a loop, stands once: with its count, its
	           first two executions, the last, and those nearest to the feedback.

Flags come before arguments.

# Exit codes

	0   done
	1   what was asked for did not succeed: vet has findings, trace_gen.go is stale,
	    nothing to show was recorded, the build or a test failed, or it was
	    interrupted. Of build, run and test it is the exit code of the go command,
	    once that runs
	2   wrong usage, internal errors, and before the go command runs: no module,
	    packages that do not load or compile, directives that are wrong
*/
package main
