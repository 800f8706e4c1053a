// Package journal keeps what a training run did, so that it can be shown,
// replayed and applied later, also on another machine.
//
// # Layout
//
// A run is a directory:
//
//	RUN/journal.ndjson    one record a line, append-only, synced after each
//	RUN/blobs/HASH        prompts, answers, sources, results, diffs, by the sha256 of their content
//	RUN/reserve           room for answers under way; only while a model is asked
//
// A blob is written and synced before the record that names it. A process
// killed at any byte leaves at most one partial last line, which readers
// ignore, and blobs that nothing names. The file journal.ndjson appears with
// its header, so a directory without it is that of a run that never began.
//
// A process that writes has the journal locked; the lock goes with it, however
// it ends.
//
// # Records
//
// Each line is a JSON object with one key that says what it is. Unknown keys
// and unknown kinds are ignored.
//
//	{"header":{"version":2,"tool":…,"go":…,"module":…,"packages":[…],"files":{"a/a.go":HASH},"sources":HASH,…}}
//	{"original":{"run":0,"results":HASH,"busy_ms":7}}
//	{"baseline":{"candidate":HASH,"cases":[…],"results":HASH,"limit":{"ms":1000,"slowest_ms":7}}}
//	{"compared":{"results":HASH}}
//	{"asked":{"key":{"step":1,"slot":0,"repair":0}}}
//	{"call":{"key":{"step":1,"slot":0,"repair":0},"prompt":HASH,"answer":HASH,…}}
//	{"refused":{"key":{"step":1,"slot":0,"repair":0},"reason":…}}
//	{"exchange":{"request":HASH,"n":0,"path":"/chat/completions","body":HASH,"answer":HASH,…}}
//	{"proposed":{"step":1,"diffs":HASH}}
//	{"candidate":{"hash":HASH,"step":1,"index":0,"assign":{"m.F":HASH},"cases":[…],"results":HASH}}
//	{"round":{"for":"step","base":HASH,"hash":HASH,"n":1,"of":HASH,"results":HASH}}
//	{"measured":{"for":"step","step":1,"base":HASH,"hash":HASH,"unit":"ns/op","benchmarks":[…],"ratio":{…},…}}
//	{"accepted":{"hash":HASH,"step":1}}
//	{"verified":{"hash":HASH,"results":HASH,"held":{…}}}
//	{"held_again":{"hash":HASH,"round":2,"results":HASH}}
//	{"reordered":{"hash":HASH,"shuffle":"17","results":HASH}}
//	{"warning":{"text":…}}
//	{"end":{"reason":"done","best":HASH,"diff":HASH}}
//	{"resumed":{"tool":…,"go":…,"flags":{…},"model":…,"sandbox":…,"torn":HASH}}
//
// The header comes first. It holds everything that decides about the run:
// flags, seed, the sums of the files that hold parameters, under names relative
// to the module root, and in a blob those of all files that are compiled. A
// second header is ignored. A header with a version above this package's is an
// error; version 1 had no results, and runs of that time cannot be resumed.
//
// A candidate's hash is the sha256 over the names (relative to the module
// root) and contents of the files in which it differs from the original, so
// the baseline's is that of nothing, and equal candidates have equal hashes
// whichever way they were found. Its assignments are relative to the candidate
// that was accepted before it, its base. What cases printed is abridged in
// cases, for people, and whole in the results.
//
// # Going on
//
// A run that was stopped is gone through again from its beginning. Answers are
// found by key, evaluations by hash; a record that comes out as it was is not
// written twice. The record resumed stands where that began: what it says
// replaces what the header says, an end before it counts no more, and torn is
// the partial line that was taken off there. A key that was asked without a
// call behind it is an answer that was under way when the process was killed.
//
// Measured are the values of benchmarks, or mean scores where they vary, round by
// round, and what was decided by them: for the baseline, for a candidate of a step beside its base, and at
// the end for the result beside the original. A round of scores is what one of its
// two programs gave. Answers of the program's model have a sample where it was asked
// the same again.
//
// Held-out cases stand under held, where a record has them: in a baseline with the
// results of its run on all cases, in verified, and at the end before and after.
// Held_again is a further run of the original or of the winner that decides
// whether they got worse.
//
// The order of a baseline says in which order the top-level tests run. Where it is
// another one in each evaluation it follows from the seed and from the hash, or, in
// rounds, from the number of the round. A winner is verified in a further one.
// Reordered are its runs that tell whether the order made a difference.
//
// No absolute path, key or duration is in anything that is hashed. Durations,
// but those that benchmarks measured, and the directory of a run appear in no
// record.
package journal
