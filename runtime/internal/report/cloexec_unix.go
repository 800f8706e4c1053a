//go:build unix

package report

import "syscall"

// closeOnExec keeps the pipe from children of the program: tracetrain reads
// it to its end, and a daemon left behind would hold that end off for ever.
func closeOnExec(fd uintptr) { syscall.CloseOnExec(int(fd)) }
