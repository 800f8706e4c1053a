// Package build compiles candidates and runs them.
//
// A candidate is a set of file contents that stand for files of the user's
// module. [Builder.Compile] compiles a package's test binary, or a program,
// with those contents in a go build -overlay, so the user's tree is never
// touched. [Binary.RunTests] and [Binary.RunProgram] run the result and say
// what became of every case.
//
// # Where results come from
//
// Text that a program prints proves nothing: a test can print "--- PASS" and
// call syscall.Exit(0). Results therefore travel over a pipe of their own
// (environment TRACE_RESULT_FD, newline-delimited JSON). Each line begins with a word
// that only this process was given (TRACE_RESULT_KEY) and a space; others are
// dropped, so what is written blindly to a descriptor counts for nothing. After the
// word:
//
//	{"reporter":1}                                        the reporter is alive
//	{"start":"TestX/sub","parent":"TestX"}
//	{"case":"TestX/sub","result":"pass"}                  or fail, skip; "own":true: not just a sub-test's failure
//	{"case":"BenchmarkX","result":"pass","units":{"ns/op":12.5,"x":"NaN"}}
//	{"score":0.7,"name":"TestX/sub"}                      trace.Score
//	{"feedback":"…","name":"TestX/sub"}                   trace.Feedback
//	{"done":true}                                         package testing has run everything
//
// The lines about cases are written by package testing itself, into which the
// overlay splices a small reporter at places found by go/parser. (A toolchain in
// the module cache cannot be overlaid; there a GOROOT made of links does the
// same.) Where the
// source of package testing has an unknown shape, or the result does not
// compile, the events are read from the output of -test.v=test2json instead;
// [Binary.Weak] then tells why the guarantee is weaker.
//
// A process that ends with 0 before package testing is done, as after a call of
// syscall.Exit, failed whatever its cases said. All this bounds accidents and
// shortcuts: tests run in the process of the code that they judge, and code that
// means to forge results there can.
//
// A case that started and never ended failed: it panicked, exited or hung. The
// cases that this kept from running get another process, so one bad test does
// not hide the others.
//
// # What a run may do
//
// Every process has its own process group, which is killed as a whole; a
// private HOME and TMPDIR; an environment without the user's variables; limits
// on memory, file size and processor time where the system has them; a limit
// on the time of each case and on what it may print. That bounds accidents. A
// [Confinement] puts a program into a sandbox besides.
package build
