// Package batch makes one program of several candidates, so that they are
// compiled once.
//
// [Merge] compares the files of the candidates with those of the program that
// they came from. Where only bodies of functions differ, each body becomes a
// function of its own beside the original, whose name calls the chosen one:
//
//	func trace__0__Slug(s string) string { … }     // the original, at its lines
//	func trace__3__Slug(s string) string { … }     // of candidate 3, at its lines
//	func Slug(s string) string {
//		switch trace__choice[16] {
//		case 3:
//			return trace__3__Slug(s)
//		}
//		return trace__0__Slug(s)
//	}
//
// Where the constant differs that a package variable begins with, it is assigned
// before any other initialiser of the package runs. Everything else (constants,
// types, imports, maps) keeps its candidate out of the batch.
//
// # The choice
//
// trace__choice is in the data of the binary, behind a mark by which
// [Program.Patches] finds it, and a copy of the binary gets the number of a
// candidate written there. So nothing has to run before the choice is made, the package
// imports nothing further, and no variable, argument or order of initialisation
// tells the program that it is one of several. Candidates in which variables are
// initialised in another order than in the base are for the caller to leave out:
// what one body mentions counts for all.
//
// # What could still be seen
//
// A dispatching function stands on the stack, and what is inlined or escapes
// can be other than alone. So a function is left out that mentions recover, the
// stack, or Helper; programs that look at their own stack or allocations are
// for the caller to leave out. The names and lines in what a program prints
// are turned into those of the candidate alone by [Program.Text].
package batch
