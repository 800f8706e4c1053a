//go:build amd64 || arm64

package launch

// spawn makes a child, with the flags of clone, that does the calls from first on
// and says in out what became of them. It returns the child's number, or a negated
// error number.
//
// If the child shares our memory, as the flags may say, what is pointed to has to
// stay until it has become a program or ended. All signals have to be blocked: it
// has our handlers, and no stack.
func spawn(flags uintptr, first *call, out *outcome) uintptr
