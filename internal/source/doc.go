// Package source reads trainable parameters from Go source text, judges
// proposals for them, and writes accepted ones back.
//
// # Parameters
//
// [Params] lists the parameters of a loaded program. A parameter is a range of
// bytes in one file: the body of a function (both braces included) or the
// expression that sets a value. Nothing outside this
// range ever changes: [Apply] formats the new text as gofmt would have it at
// that place and copies every other byte, line endings included. (If a
// replaced text takes more or less room, comments on neighbouring lines that
// gofmt had aligned with it stay where they are.)
//
// # Signatures and parameter names
//
// A proposal for a function is a whole declaration, of which only the body is
// taken. Its signature must therefore be the original one: the types identical
// in the sense of go/types (any and interface{} are the same), and the names of
// receiver, type parameters, parameters and results equal, because the body
// refers to them. Anything else is rejected with a message that quotes both
// signatures. Doc comments of a proposal are read and dropped.
//
// Directives of tools (//go:, //line, //trace:, cgo's) are not accepted in a
// proposal, except those inside the original body, which are part of the source
// that an optimizer sees. The //trace: ones among them must all be kept, because
// parameters hang on them.
//
// # Checking
//
// [Checker.Check] works in memory, in this order: size, parse, signature, types,
// constraint, allowlist. The first stage that objects ends the check
// with a [*Rejection], whose message is written for the author of the proposal:
// lines are counted in the proposed text, the offending line is quoted and a
// hint says what to do. What a proposal may use is a table of data, see
// [Allowed].
//
// The size stage bounds what go/types is given, because small sources can keep
// it busy for minutes: bytes, syntax nodes, nesting, lengths of constant
// strings, and the size of types built from other types. The bounds are on
// syntax; the process that compiles must be limited in any case, and package checker
// limits the one that checks what a model wrote.
//
// Two things cannot be known in memory. A function named by check= has to run:
// [Checker.NeedsRun] says which calls the candidate's own process must make.
// And a changed constant can break packages that import it: only the packages
// of the changed files are type-checked here, the build finds the rest.
//
// # Writing
//
// [Write] replaces files all or none. See there for what a kill at the worst
// moment leaves behind and how [Recover] mends it.
package source
