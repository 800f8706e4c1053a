// Package checker judges what a model wrote in a process that can be ended.
//
// # Why a process
//
// A proposal is parsed and type-checked before it runs. Caps on its size, and on
// what grows in it, stand before that (package source), and they hold for every text
// that anybody thought of. But go/parser and go/types are large, and have had texts
// that they never came to an end with; nobody can bound by caps what nobody foresees.
// A goroutine that loops cannot be ended, nor can its memory be taken back. So
// the parser and the type checker meet such a text first in a [Checker]'s child: this
// very executable, run again, which is killed when a check takes too long or too much
// memory. The proposal is refused then, and the run goes on with a new child.
//
// # What it costs
//
// A check needs the types of the program. Loading them takes the go command and
// a second or so, hundreds of times what a check takes. That is why a child lives as
// long as the run, loads once, while the model is thinking about its first answer, and
// is asked over a pipe; why it gives back all that the run needs of a proposal, what it
// compiles to and the changed files, so that nothing is done twice; and why the
// embedded optimizer's own mutations, thousands of small changes of the program's own
// text, are checked in the process of the run: nobody writes them who could want, or
// happen, to write anything else. The price is the memory of a second loaded program, half of what the run takes.
//
// What was considered beside this: a child for each check (a load each); types
// handed to a child as export data (a check reads the bodies of the module's functions
// and the objects of the original, which no export data has); a goroutine with a
// deadline (what it holds is never given back).
//
// # Limits
//
// Processor time and memory of a check are watched within the child, which ends itself
// when one is used up; the parent waits some times as long and kills the group. On
// Linux the kernel bounds the memory too. The limits depend on the size of the
// program only, so that a run and its replay refuse the same.
//
// A child that ends otherwise, by a crash or by the system, is asked once more in a
// new process before its proposal is refused: something else may have ended it.
//
// What passed is parsed again by the run itself: when candidates are put into one
// program, and when an accepted one is loaded. By then the same text has been
// through the same code within the limits.
package checker
