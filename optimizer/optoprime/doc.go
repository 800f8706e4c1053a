// Package optoprime is the optimizer that shows a language model the minimal
// subgraph as a debugging report and asks for new sources of the parameters.
//
// One step asks for n proposals, each in a conversation of its own (a slot):
//
//	instruction   what the report means and how to answer; always the same
//	report        Objective, Variables, Documentation, Code, Cases, History
//	answer        read by Problem.Read, else optimizer.ParseAnswer; checked by Problem.Check
//	reply         if it cannot be used: why, once
//	answer        the second and last
//
// The code that ran is shown once for all cases: the nodes of all graphs are
// grouped by the statement that made them, so twenty sub-tests that run the
// same lines give one listing and twenty short blocks of values. A statement
// has one name in the whole report, and the same in the next step's.
//
// With each function that may change stand the lines of it that only some cases
// ran, the most suspicious first: what failing cases ran, and passing ones did not.
//
// The report is bounded by Options.MaxPrompt. Half of it at most is for the
// parameters; the rest goes to the cases (45%), history (20%), documentation
// (20%) and code (15%), and what one does not need passes on. The worst cases
// and the latest attempts are kept; what is left out is said. The same problem
// always gives the same bytes.
//
// Text of the program and of its run cannot pose as a part of the prompt: see
// text.go.
package optoprime
