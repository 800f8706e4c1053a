//go:build !unix

package report

// closeOnExec has nothing to do where handles are inherited by request only.
func closeOnExec(uintptr) {}
