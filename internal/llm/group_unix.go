//go:build unix

package llm

import (
	"os/exec"
	"syscall"
)

// ownGroup gives cmd a process group of its own, so that stopping it stops
// its children too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
