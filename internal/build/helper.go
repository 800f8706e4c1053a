package build

import (
	"io"
	"os/exec"
)

// A Helper is a process of ours that is asked things over its standard input and
// output, which are cmd's and the caller's business. It has a process group of its
// own, and ends when this process does.
type Helper struct {
	p    *process
	said *bounded // on standard error
}

// StartHelper starts cmd, whose Stdin and Stdout are files.
func StartHelper(cmd *exec.Cmd, lim Limits) (*Helper, error) {
	h := &Helper{said: &bounded{limit: 16 << 10}}
	var err error
	h.p, err = startProcess(cmd, lim, func(r io.Reader) { io.Copy(h.said, r) }, nil)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// Limit sets limits of a helper that is running, in place of those that it has.
func (h *Helper) Limit(lim Limits) {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	select {
	case <-h.p.done: // its number may belong to another process by now
	default:
		setLimits(h.p.cmd.Process.Pid, lim)
	}
}

// PID is the number of the process.
func (h *Helper) PID() int { return h.p.cmd.Process.Pid }

// Kill ends the helper and whatever it started. It does not wait.
func (h *Helper) Kill(why string) { h.p.kill(why) }

// Done is closed when the helper has ended and nothing of its group is left.
func (h *Helper) Done() <-chan struct{} { return h.p.done }

// Wait waits for the end of the helper. It returns how it ended, and what it wrote
// to standard error.
func (h *Helper) Wait() (Exit, string) {
	<-h.p.done
	return h.p.exit(), h.said.String()
}
