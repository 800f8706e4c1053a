//go:build !unix

package llm

import "os/exec"

// ownGroup does nothing here: cancelling kills the command itself, and its
// pipes are closed after a delay.
func ownGroup(*exec.Cmd) {}
