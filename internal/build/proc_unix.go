//go:build unix

package build

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// passPipe makes w the first inherited descriptor of cmd.
func passPipe(cmd *exec.Cmd, w *os.File) {
	cmd.ExtraFiles = []*os.File{w}
	cmd.Env = append(cmd.Env,
		"TRACE_RESULT_FD=3",
		"TRACE_RESULT_PARENT="+strconv.Itoa(os.Getpid()))
}

func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
}

// A group is the process group of a child.
type group struct{ pgid int }

func newGroup(p *os.Process) group { return group{p.Pid} }

func (g group) kill() { syscall.Kill(-g.pgid, syscall.SIGKILL) }

func (g group) close() {}

func signalOf(st *os.ProcessState) string {
	if ws, ok := st.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}

// onDisk is what a file takes on disk, in bytes: one with holes takes less than it
// is long.
func onDisk(info os.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(st.Blocks) * 512
	}
	return info.Size()
}
