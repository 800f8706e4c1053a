//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/term"
)

// group is the set of processes that a signal goes to.
type group struct {
	cmd *exec.Cmd
	own bool
}

// ownGroup prepares cmd to lead a process group of its own, so that signals
// reach the go command, what it builds with and what it runs. A child that
// reads from a terminal must stay in our group: the terminal stops readers
// outside the foreground group, and delivers Ctrl-C to all of it anyway.
func ownGroup(cmd *exec.Cmd) *group {
	if f, ok := cmd.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &group{cmd: cmd}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &group{cmd: cmd, own: true}
}

// signal passes a signal on; kill makes it SIGKILL.
func (g *group) signal(sig os.Signal, kill bool) {
	s, ok := sig.(syscall.Signal)
	if !ok || kill {
		s = syscall.SIGKILL
	}
	switch {
	case g.own:
		syscall.Kill(-g.cmd.Process.Pid, s) // nothing is left to tell if this fails
	case s != syscall.SIGINT: // the terminal has sent that to all
		g.cmd.Process.Signal(s)
	}
}
