// Package journal keeps what a training run did, so that it can be shown,
// replayed and applied later, also on another machine.
//
// # Layout
//
// A run is a directory:
//
//	RUN/journal.ndjson    one record a line, append-only, synced after each
//	RUN/blobs/HASH        prompts, answers, sources, diffs, by the sha256 of their content
//
// A blob is written and synced before the record that names it. A process
// killed at any byte leaves at most one partial last line, which readers
// ignore, and blobs that nothing names.
//
// # Records
//
// Each line is a JSON object with one key that says what it is. Unknown keys
// and unknown kinds are ignored.
//
//	{"header":{"version":1,"tool":…,"go":…,"module":…,"packages":[…],"files":{"a/a.go":HASH},…}}
//	{"baseline":{"candidate":HASH,"cases":[…]}}
//	{"call":{"key":{"step":1,"slot":0,"repair":0},"prompt":HASH,"answer":HASH,…}}
//	{"exchange":{"request":HASH,"n":0,"path":"/chat/completions","body":HASH,"answer":HASH,…}}
//	{"candidate":{"hash":HASH,"step":1,"index":0,"assign":{"m.F":HASH},"cases":[…]}}
//	{"accepted":{"hash":HASH,"step":1}}
//	{"end":{"reason":"done","best":HASH,"diff":HASH}}
//
// The header comes first. It holds everything that decides about the run:
// flags, seed, and the sums of the files that hold parameters, under names
// relative to the module root. A second header is ignored.
//
// A candidate's hash is the sha256 over the names (relative to the module
// root) and contents of the files in which it differs from the original, so
// the baseline's is that of nothing, and equal candidates have equal hashes
// whichever way they were found. Its assignments are relative to the candidate
// that was accepted before it, its base.
//
// No absolute path, key or duration is in anything that is hashed. Durations
// and the directory of a run appear in no record.
package journal
