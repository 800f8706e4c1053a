// Package differential holds a test suite that runs other people's programs
// and tests twice, as they are and with every function rewritten and
// recording, and compares what they do: what they print, how they end, which
// tests pass. It has nothing but tests.
//
//   - TestPrograms: the "// run" programs without special flags of the test
//     folder of the Go installation, about 1,000, each in a module of its own.
//   - TestPackages: the own tests of packages of the standard library and of
//     other modules, which testdata/packages.txt lists. It measures what they
//     cost, too, when everything is run.
//   - TestBundled: the same tests with every function of the packages a bundle.
//   - TestTracegen: some of the programs through the command that people use.
//
// A plain go test runs a sample that covers the folders and the constructs.
// This runs everything and ends each suite with a summary: how many came to
// the same, which functions were not followed, and why:
//
//	TRACE_DIFFERENTIAL=all go test ./gen/differential -timeout 4h -v
//
// Modules that are not in the module cache come by the GOPROXY of the
// environment; what cannot be downloaded is skipped.
//
// Instead of all, TRACE_DIFFERENTIAL may list programs, packages of the standard
// library and modules:
//
//	TRACE_DIFFERENTIAL=typeparam/list.go,html,github.com/google/btree go test ./gen/differential -v
//
// Whatever differs is a mistake in the rewriting or the recorder, except where
// a program looks at what recording must change: garbage collection,
// allocation, the goroutine count, stack frames, function names, timing or its
// own source. Most of those the rewriting leaves alone by rule (tracegen -v
// says so); testdata/listed.txt has the others, each with its reason. A listed
// program that comes out the same is an error too: the list is to shrink.
package differential
