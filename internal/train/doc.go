// Package train runs training: it turns the tests of a package, or a program
// that reports a score, into an objective, asks an optimizer for changes of the
// trainable parameters, and keeps those that make the objective better.
//
//	load → baseline → [ record → problem → proposals → check → build → run → accept ] × steps → verify → diff
//
// # Objective
//
// A case is a leaf test, a runnable example, a fuzz seed, or one run of a
// program. The baseline is one run of all cases in the clean environment; the
// cases that count are the top-level names in the source and the sub-tests that
// the baseline saw. One that is missing later failed; new ones are shown and
// not counted; those skipped at baseline are left out.
//
// A case's score is what trace.Score reported last, else 1 for a pass and 0.
// Evaluations compare lexicographically: fewer failed cases, then the higher
// mean score. Of equal candidates the one with the smaller diff wins.
//
// Where the runs of the original show that scores vary ([noise]), candidates are
// compared with their parents in rounds, as benchmarks are ([paired]), by the
// difference of the mean scores. What every program gave in every round is in the
// journal, so that resuming repeats none.
//
// With -score-cmd the number that a command prints is the only score, and the
// cases are a constraint. What it printed is in the results of an evaluation.
//
// With -holdout some cases are parted from the objective ([holdout]): between the
// baseline and the verification of the winner they do not run at all, so that
// no prompt can hold anything of them and no decision can rest on them.
//
// With -bench the objective is what benchmarks measure ([paired] says how two
// programs compare), and the cases are a constraint: a candidate that fails one
// that passed is not accepted. Nothing is measured while anything else runs. What
// was measured stands in the journal, so that a replay can decide alike.
//
// # Steps
//
// A strategy (package strategy) chooses the parents of a step out of the pool of
// programs found so far. The failing cases of a parent (or those with scores) take
// turns, a batch in each step. They are recorded, instrumented, in one process for
// each top-level test. Their minimal subgraphs and feedback make the problem for the
// optimizer, with the history of the line that led to the parent. Proposals are
// checked in memory, those of a model by another process (package checker), compiled without instrumentation, run and compared. Those that
// compile to the same are run once ([source.Checker.Code] says which). The result is
// the best program of all; if it does not hold what it showed, the one that was the
// best before it is tried.
//
// The candidates of a step are compiled into one program where they can be
// ([batch] says how, and what cannot), and alone where not, or where that does not
// compile or does not end well. What is measured or verified is compiled alone.
// Which way it was makes no difference to results, and is in no journal.
//
// The outcome does not depend on how many candidates run at a time.
//
// # Resuming
//
// [Resume] goes through a run again from its baseline, with the journal in
// front of the model and of the evaluations: what it holds is used, and what it
// does not hold is done. Nothing but the outcome of a step leads to the next,
// so the run ends like one that nobody stopped. Recordings are made again, for
// the prompts that are compared with those in the journal.
//
// # Files
//
// Everything a run makes lies in a temporary directory (package workdir), which
// the next run removes if this one is killed, and in the run's own directory
// (package journal). The user's tree changes by [Options.Apply] and
// [Apply] only, at the very end.
//
// A program may be made of several modules of a workspace. If parameters lie in
// more than one, they are one change all the same, and names of files are relative
// to the directory of go.work (session.root).
package train
