//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// group is the set of processes that a signal goes to.
type group struct{ cmd *exec.Cmd }

// ownGroup leaves the child with our console, which delivers Ctrl-C to every
// process attached to it.
func ownGroup(cmd *exec.Cmd) *group { return &group{cmd} }

// signal has nothing to pass on; kill ends the go command.
func (g *group) signal(_ os.Signal, kill bool) {
	if kill {
		g.cmd.Process.Kill()
	}
}
