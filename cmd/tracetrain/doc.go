/*
Tracetrain improves the trainable parts of Go packages until their tests pass
and their scores are high, and prints the change as a diff.

Usage:

	tracetrain [flags] [packages] [-- arguments of the program or test binary]
	tracetrain resume|replay|show|report|diff|apply [flags] RUN
	tracetrain doctor [flags]

With -h behind one of these words, or tracetrain help WORD, its help alone is
printed.

Trainable is what a directive says is trainable:

	//trace:bundle trainable        above a function: its body
	//trace:node trainable          above a variable or constant: its value

What is wanted is said by the package's tests, examples and fuzz seeds: each is
a case. A main package without tests is run with its arguments and passes when
it exits with 0. trace.Score, in a test or a program, says how good a result is;
without it a case counts 1 when it passes and 0 when it fails. A change is kept
when fewer cases fail, or equally many and the mean score is higher; where scores
vary from run to run, when that is certain. With -bench a benchmark says it, with
-score-cmd a command of yours, and the tests are what must not break.

The diff is printed on standard output and applies with git apply from the
module root. Everything else is printed on standard error. Files of the module
change with -apply only. Packages of several modules of a workspace can be named
together; see Workspaces.

Flags:

	-C dir            change to dir first
	-run RE           only the tests that match, as in go test
	-bench RE         make what the benchmarks that match measure better, as
	                  described under Benchmarks
	-minimize UNITS   the unit to lower: ns/op (the default), B/op, allocs/op, or
	                  any that a benchmark reports with b.ReportMetric; several as
	                  in ns/op=2,B/op, with weights
	-maximize UNITS   the unit to raise, such as MB/s, or several
	-tolerance P%     by how much a single benchmark may get worse in any unit
	                  (default 5%)
	-score-cmd CMD    a command whose last line is a number that says how good the
	                  program is, higher is better: see Commands that judge
	-holdout P%|RE    keep a part of the cases, or those whose names match, from the
	                  optimizer: see Held-out cases
	-allow LIST       what every trainable body may use beyond the default, as allow=
	                  on a directive does: see Candidates
	-tags T           build tags, comma-separated
	-timeout D        time limit of each case (default 10s; in the first run of a
	                  candidate the least of 1s, 2s, 5s and 10s that is 20 times as
	                  long as any case took in the original: see Candidates)
	-env NAME[=V]     pass a variable into the clean environment; may be repeated
	-llm SPEC         the model to ask: openai:MODEL, exec:COMMAND, replay:RUN
	                  or none (default $TRACE_LLM, else none). A command
	                  reads the prompt from standard input, writes the answer
	                  to standard output, and runs in an empty directory
	-llm-timeout D    how long to wait for an answer (default 10m); then it is
	                  asked for once more
	-proxy            let the program ask the model server of OPENAI_BASE_URL
	                  (default OpenAI's), through tracetrain: see below
	-sandbox LEVEL    how programs are confined: namespaces, landlock, weak, none,
	                  or cmd:WORDS; see Sandbox (default with a model: the
	                  stronger of the first two that works here)
	-read DIR         let programs in the sandbox read a directory or file; may be
	                  repeated
	-optimizer NAME   search varies values, operators and statements by itself;
	                  optoprime asks the model (default: optoprime if there is a
	                  model, else search)
	-batch N          of how many failing cases, or cases with scores when none fails,
	                  the optimizer hears in one step (default 12), and of passing
	                  ones beside them (default 40). They take turns in an order
	                  that -seed draws; what is accepted is decided by all cases
	-search NAME      which programs later steps go on from: best-of-n, sequential,
	                  beam, pareto, ucb, or auto, as described under Search
	-parents P        of how many programs a step proposes changes (default 2 where
	                  there can be several)
	-proposals N      how many changes of each (default 1 with a model, without one
	                  32 in all); best-of-n: how many in all
	-steps N          how often to propose changes (default 5 with a model, 20 without)
	-patience K       end after K steps in a row that brought nothing; 0 means never
	                  (default with a model 3, and 5 with pareto and ucb; without
	                  one 0: the embedded optimizer repeats nothing and says when
	                  it has nothing left)
	-budget B         limits, with commas between them: 2.50usd, 200000tok and
	                  40calls for what is asked of models, 500evals for
	                  runs of candidates, and in rounds of their parents
	-max-tokens N     most tokens of one answer, thinking among them (default
	                  16384 with a budget of usd or tok, else the provider's)
	-max-time D       time limit of the whole run
	-baseline N       how often to run the original before anything else (default
	                  3): cases that do not always do the same then are flaky,
	                  are shown with their rate, and do not count. It is also
	                  how scores that vary are found
	-parallel N       how many candidates to evaluate at once (default: processors)
	-seed N           seed of everything random (default 0), the order of tests too
	-runs DIR         where runs are kept (default $TRACE_RUNS, else trace/runs in
	                  the user cache directory)
	-apply            write the result into the tree
	-branch NAME      commit the result on a new git branch, with a report as the
	                  message; see Command apply
	-all              of show: list also candidates that made nothing better, where
	                  there are many in a step
	-format F         of a report: markdown (the default) or json
	-recorded         of a replay: measure nothing again, take what was recorded
	-json             write events on standard output, one JSON object a line, in
	                  place of the diff; docs/events.md describes them
	-strict           for unattended runs: exit with 1, and apply nothing, when
	                  nothing improved, when the result was not run a second
	                  time, when results can be forged, and when a prompt is not
	                  the one whose answer was recorded; docs/ci.md shows a use

Programs run with a private HOME and TMPDIR and without your environment, but
for PATH, LANG and the like and what -env names. A key for a model is never
among it, unless -env names it. An exported key alone never leads to a call:
-llm or TRACE_LLM does, and -proxy if the program asks.

# Sandbox

Code that a model wrote runs confined. The levels:

	namespaces  a machine of its own: no file but those that it needs, read-only, no
	            other process or user, no network; a home in memory; and what
	            landlock has
	landlock    where it is, and the kernel refuses to open files outside, to start
	            processes, and sockets
	weak        with your rights, within limits on memory, the size of files and
	            processor time
	none        with your rights
	cmd:WORDS   in a command of yours that confines, which gets the program appended:
	            -sandbox 'cmd:bwrap --ro-bind / / --dev /dev --proc /proc --bind /tmp /tmp --unshare-all'

If a model writes code and neither of the first two works, the run is refused: a
weaker level has to be asked for. The embedded optimizer only varies your own code
and runs without. A layer that cannot be set up keeps a program from starting.

A program reads the directory that it starts in, without .git, the directories
testdata above that in the module, and what -read names; it writes its HOME and
TMPDIR. If code of it imports net or a package below that, it has, at level
namespaces, a network with nothing but itself, and with -proxy tracetrain's proxy.
Cases that fail in the sandbox only are named once. The command of -score-cmd has
your rights and goes with weak, none and cmd: only. docs/sandbox.md says what each level stops, what it misses, and what it was tried
with; tracetrain doctor, what works here.

# Candidates

Every candidate is type-checked before anything is compiled, and refused if it
does what the original did not: a body may compute, with the packages of the
standard library that reach nothing outside of it, use what the original used,
and call what the original led to in its own module, or what does nothing that
the body might not do itself. It may not start goroutines or change further
package variables. More is permitted by -allow, or for one parameter by its
directive: packages, symbols, and go for goroutines, as in

	-allow net/http,os.ReadFile,example.com/m/store.Delete,go

The report says what was permitted. docs/safety-static.md tells what is not seen.

Candidates of a step
that change only bodies of functions, and numbers, strings, booleans, durations
and slices of them that package variables begin with, are compiled together: each
runs in a copy of one program, in which it is chosen before the program starts.
Compiled alone are other candidates (of constants and maps, for example), those
that hang or run out of memory or stack in such a program, and what is measured
or verified. So is everything in programs that look at their own stack or
allocations, as with runtime.Caller or testing.AllocsPerRun. A candidate that
differs from an earlier one only in comments, layout and the names of local
variables has that one's results.

The time limit holds for each case, for what a test does beside its sub-tests, and
for what the process does outside of all cases; a program is one case. Without
-timeout a candidate that does not end costs a second where the original is fast.
Such a limit follows from the runs of the original (-baseline), and holds for the
first run of a candidate only: whatever runs again, as the result does when it is
verified, and benchmarks, and the command of -score-cmd have 10s, so that a busy
machine refuses nothing that had passed. It is 10s with -proxy, and where the code
names the key of a model. With more than ten candidates at a time (-parallel) it is
more than 20 times as long: twice their number. Prompts name it, and the journal has
it; show and report tell it, and resume, replay and -llm replay:RUN take it over.

# Search

Each step proposes changes of one or more parents, N of each; as long as fewer
than P programs are kept, they share P × N. What is kept, and what the parents
are:

	best-of-n   the original, in a single step: N proposals from one prompt
	sequential  the best program so far: every step goes on from it
	beam        the best P programs, each a parent in every step (beam search)
	pareto      the programs that are best in some case and not beaten or equalled
	            in all cases by another. A parent is drawn with a probability in
	            proportion to the number of cases in which it is best. Two that
	            are best in different cases are merged: each parameter as the one
	            has it that changed it, and where both did, the better one. That
	            costs an evaluation and no call (GEPA, arXiv 2507.19457)
	ucb         up to 16 programs, of which UCB1 chooses those with the highest
	            bound for what a step may bring (Auer et al. 2002)
	auto        sequential with a model, because each parent costs calls; pareto
	            without one, and when -parents is more than 1; with -bench,
	            where scores vary, and with -parents 1, sequential

A step makes P × N calls of a model, apart from repairs. With -bench, and where
scores vary, there is one parent: a candidate is measured beside the program that
it changes, and candidates of different parents have no common scale, so that
beam, pareto and ucb are refused.

The optimizer is shown the history of the line that led to a program: what was
accepted on the way, and what else was tried there. A step brings something when
the best program, or the best result of any case, gets better.

Parameters that no case which can get better reads or calls are left out, which
is said once. All are sent if the recording may lack something: when such a case
was not recorded, was recorded in part, or runs code that is not followed.

Without a model, a step that follows one which brought nothing also goes back: to the
original while there are changes of it that were not tried, then to what came after
it. The first gain may have been a wrong turn.

At the end stands also what the proposals for the original program alone came
to, and how many there were: the best of so many, without a search. No further
call is made to find that out; -search best-of-n asks for a given number.

# Programs that ask a model

With -proxy the program finds in OPENAI_BASE_URL the address of a proxy inside of
tracetrain, and in OPENAI_API_KEY a word that is good for this proxy and one
evaluation only. The proxy puts the real key in its place and passes on
chat/completions, completions, responses, embeddings and models, streams among
them. What the program uses counts for the budget like the calls of the
optimizer. A request that does not fit is refused, which ends the run: the
candidate is not to blame. With a budget of usd or tok, requests that set no
limit for the answer get one.

Equal requests are paid once: an evaluation that asks what an earlier one asked
gets the same answer, and a question that it repeats gets the answers in the
same order. Answers are kept in the journal. Replay takes them from there and
asks nobody; a request that was not recorded ends it, so a program should not
put times or random numbers into what it asks. -proxy does not go with -bench.

Answers may vary, and the score with them. Where a case has a score, each run of
the original (-baseline) therefore asks anew, and if the score varies so does each
round: the programs of one get the same answers to what both ask, and what the
parent asks is paid once for all candidates of a step. The verification asks anew.

# Budgets

No call starts whose worst case does not fit into what is left of a budget, the
calls in flight taken off: a token for each byte of the prompt, and as many for
the answer as the call allows, which are fewer when little is left. Further
attempts and repairs are calls as well. An answer that was lost on the way, or
comes without a word on what it used, counts with its worst case. Should a
server bill more than a call allows, that is reported and no further call is
made. A run that ends for want of budget prints the best that it found.

Dollars are counted with a table of list prices. Write other prices, a line
MODEL PROMPT ANSWER for each model in dollars for a million tokens, into the file
that TRACE_PRICES names, or into trace/prices.txt in the user configuration
directory; a * in MODEL stands for any text. A model without a price is counted
in tokens only, and refused with a budget in dollars. What a command behind
exec: uses is estimated, four bytes a token.

# Benchmarks

	tracetrain -bench Parse ./parser
	tracetrain -bench . -minimize allocs/op ./parser

A candidate that fails a case which passes now is not accepted, whatever it
measures. Cases that fail already may go on failing; a candidate that mends some
and breaks none is better than one that does not, also whatever it measures.
Scores of trace.Score do not count beside a benchmark.

The other candidates are measured one at a time beside the accepted program, each
compiled alone and without instrumentation. In every round both run once, in
random order (-seed), in processes of their own, for 100ms a benchmark; another
time or number of iterations is given as -- -test.benchtime=T. Nothing else runs
meanwhile that tracetrain started.

What counts is the ratio of the two values of a round, of several benchmarks the
geometric mean. Of several units it is the weighted geometric mean, the ratios of
those to raise inverted; the benchmarks that report a unit share its weight. A
candidate is accepted

	when nothing varies in the first three rounds: for any gain;
	otherwise: when a gain of more than 1 % is certain, that is when it holds for
	the whole confidence interval of Wilcoxon's signed-rank test, which is looked
	at after 8, 12, 18, 27 and 40 rounds; a candidate that does not differ from
	the accepted program has less than 5 % to be taken for better;
	and in both cases, when no single benchmark gets worse in any of the units by
	more than -tolerance, as far as can be estimated.

It is given up when three rounds showed no such gain, when after five or more the
estimate is none, and after 40 rounds. Of accepted candidates whose gains cannot
be told apart, the one with the smallest diff is taken.

A zero counts as a thousandth, of one or of the other value if that is less. A
benchmark that fails, is missing, or reports NaN, an infinity or a number below
zero makes its candidate not accepted.

At the end the result is measured anew beside the original, from new builds. If
the gain does not show again, the result before it is tried, and if none is left,
nothing improved.

# Scores that vary

An agent that asks a model, or a simulation with a seed of its own, gives the same
program another score in each run, and the best of many is then the luckiest. That
is found in the runs of the original. A case whose scores differ counts; only those
that pass and fail in turns are flaky. Scores that do not vary cost one run for each candidate, as ever.

Where they vary, a candidate that fails no case which passes is compared with its
parent in rounds. In each both run once, in new processes, and the difference of
their mean scores counts. It is accepted when a gain is certain, by the test that is
described under Benchmarks, but any gain will do, and estimates are means instead of
medians. A candidate that fails fewer cases has to do so in each of six rounds,
whatever it scores, and one that fails a case in a round which it passed before, and
which its parent passes, is not accepted. NaN and infinities fail their case. Of
candidates that cannot be told apart, the one with the smallest diff is taken.

Of many candidates without effect one in twenty or fewer is accepted at first. The
result is compared anew with the original, from new builds, on the held-out cases as
well. If the gain does not show again, that is said with the figures, and the result
before it is tried. The mean of held-out scores counts as lower when that is certain
by the rounds of this comparison: for 95 % of results that change nothing it is not.

If -baseline has seen nothing vary, and the result scores otherwise when it is run a
second time, it is compared with the original as well.

Several candidates of a step are compared at once, as -parallel says, for no time is
measured. A round takes two evaluations of a budget; the verification takes none. Edits are not taken back. Replay gives each program the scores that it had
and decides as the run did, and only runs whether cases pass.

# Commands that judge

	tracetrain -score-cmd 'python3 judge.py' ./cmd/agent
	tracetrain -score-cmd 'sh -c "wc -c < $TRACE_BINARY | sed s/^/-/"' ./cmd/tool

With -score-cmd the score comes from outside: the command runs for each
candidate, in a folder of its own that is removed afterwards, and the last line of
its standard output is one finite number, higher is better. It is split into
words as a shell does, and nothing is expanded. It finds

	its directory     a copy of the module with the candidate applied, there where
	                  tracetrain was started; without what version control keeps
	TRACE_MODULE      the root of that copy
	TRACE_BINARY      the program, built, if exactly one is among the packages

and else the environment that programs have, with your build cache. What lies
outside of the module, such as the other modules of a workspace, is not copied,
unless parameters are in several of them: then all of the workspace is.

It counts as one case, score-cmd. Another exit status than 0, no number, NaN, an
infinity, or more time than -timeout fail it; what it prints is feedback. The
tests are what must not break, as with -bench, and scores of trace.Score do not
count beside it. Programs are not run by themselves. With -parallel several of
them run at once; -parallel 1 is for those that measure time.

Numbers that differ between the runs of the original (-baseline) are compared as
scores that vary are, and the tests run in each round too. Replay takes such numbers
from the journal, and with -recorded all.

# Workspaces

	tracetrain ./app ./lib/...

Where a go.work is used, packages of several of its modules can be named, and
parameters in all of them make one change: it is accepted, written by -apply and
apply, and committed by -branch as a whole or not at all. Names of files, in the
diff too, are relative to the directory of go.work then, from which git apply
takes it; that directory has to be above these modules. With -branch they have to
be in one git repository. Parameters in a single module, which is that of the
first package, are relative to its root, as without a workspace.

# Order of the tests

A candidate that counts its calls, or remembers what came before, could fit its
answers to the order of the tests. In each evaluation they therefore run in an order
of its own, as with go test -shuffle, which follows from -seed; in rounds, what is
compared has the same. The result is verified in a further order, far from the one in
which it was accepted. If a case gives something else there, and again when each of
the two is run once more, the result is not kept, and the one before it is tried.

That takes tests that do not depend on their order. The last run of the original, as
-baseline counts, is in another one; with -baseline 1 it is a run more. If a case gives
something else there, two further runs tell whether it is flaky. If it is not, all
evaluations keep the order of the source, and a warning names the cases.

Only top-level tests change places, also beside -bench and -score-cmd: sub-tests,
examples, fuzz seeds and benchmarks do not. The order of the source is kept by

	tracetrain ./parser -- -test.shuffle=off

and a number in place of off is one order for all evaluations. GOFLAGS=-shuffle=off
does the same.

# Held-out cases

	tracetrain -holdout 20% ./parser
	tracetrain -holdout 'TestParse/real_' ./parser

A change may make cases pass by knowing them. Held-out cases tell: they run with
the original and, when the search is over, with the result, and in between not at
all. No prompt holds anything of them, neither names nor messages nor values; nor
is the code of a test shown, of whose sub-tests some are held out, or that of a
function in a test file that names one.

Of P% every top-level test with sub-tests gives its share, and the tests without
have one together; which ones is drawn by name and -seed. RE is matched against
the names of cases, as tracetrain show prints them. One case at least has to be
left on each side. Benchmarks are not held out: with -bench, tests are.

The result is refused, with the figures, and nothing else takes its place, when a
held-out case fails that passed in the original or, if -bench does not decide, the
mean of their scores is lower. Before that the original and the result run once
more on all cases, and a third time where the same program gives different
results. Then a lower mean counts if every run shows it, and a case if it fails
more often than in the original by more than half of the runs. Where the scores to
train on vary, the rounds of the verification take the place of these runs.

# Runs

Every run keeps a journal, which is readable also after a crash. RUN is the id
that the run prints, an unambiguous beginning of it, or a path.

	tracetrain resume RUN   go on with a run that was killed, interrupted, out of
	                        time, or left by its model
	tracetrain show RUN     what happened
	tracetrain report RUN   the same for those who decide about the result
	tracetrain diff RUN     the diff again
	tracetrain apply RUN    write the result into the tree, or commit it
	tracetrain replay RUN   do it again with the recorded answers, without asking
	                        a model

What killed runs leave, folders called tracetrain-NUMBER in the directory for
temporary files and, on Linux, processes, is removed by the next run.

-llm replay:RUN takes the answers of RUN for a run with other flags or on changed
source.

# Command resume

Goes on with a run that was killed, interrupted, out of time, or left by its model,
and writes into the same journal. It asks for no answer and repeats no
evaluation that is in there, and ends as the run would have ended; only what was
under way when the process died is done again. It is refused while another
process works on the run, and when a file that is compiled is not what it was.

The flags of the run come from the journal, but for those that decide nothing or
whose values it does not keep: -sandbox, and the values of -env unless they are
set, have to be given again, as have -read and -score-cmd, which no journal may open
or run by itself, and -llm exec:COMMAND. Besides, it takes -parallel, -llm-timeout,
-max-time (it counts anew), -apply, -branch, -json, -strict, another -llm, and a
larger -steps, -patience or -budget (of the whole run), with which also a run that
had reached these goes on. A run that is finished prints its diff again.

# Command replay

Does a run again with the recorded answers, without asking a model; fails if the
diff or a result differs. It works on any machine that has the same source, and has
the sandbox of a run. Where scores or values of benchmarks vary, what was decided
then holds; -recorded measures nothing again. With -strict a prompt that is not as
recorded ends it.

# Command show

Prints what happened in a run, step by step: the cases, what was proposed, what
became of it, and what it cost.

With STEP/INDEX behind RUN, or the hash of a candidate, it is the diff from the
original to that candidate.

# Command report

Prints a run for those who decide about its result: as Markdown for a pull request,
or with -format json. It says what changed and why, what that did to cases and
benchmarks, what else was tried, what it cost, and how to do it again. It needs the
journal only. What a model or a program wrote stands in code there. docs/report.md
describes the JSON document.

# Command diff

Prints the diff of a run again. It applies with git apply from the module root.

# Command apply

Writes the result of a run into the tree: all files or none. It is refused if the
source changed meanwhile. With -branch NAME it is committed on a new branch
instead, with a report as the message.

A branch begins at HEAD with one commit more; HEAD, the index and the working
tree stay as they are, and no hook runs. It is refused, before anything is asked
or evaluated, when it exists already and when a file that may change is not what
HEAD has; changes elsewhere do not matter. Without an improvement there is none.

# Command doctor

Prints what is available here: the toolchain, what stands between a candidate and
the machine, the model, the place for runs.

# Exit codes

	0   done, also when nothing better was found (but see -strict)
	1   what was asked for did not succeed, or the run was interrupted by Ctrl-C or
	    another signal that asks it to end: tracetrain resume goes on, and
	    tracetrain diff prints what was found. A second signal ends it at once
	2   wrong usage, no module, packages that do not load or compile, directives
	    that are wrong, internal errors
*/
package main
