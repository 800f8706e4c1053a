package build

import (
	"net"
	"os"
	"os/exec"

	"github.com/opto-go/trace/internal/sandbox"
)

// A Confinement says what confines a program.
type Confinement struct {
	Box     *sandbox.Box
	Profile sandbox.Profile // its home and limits are those of the run

	// Serve takes the listener that the profile asks for. The listener is closed
	// when the program has ended.
	Serve func(net.Listener)
}

// A confined process is on its way into the sandbox.
type confined struct {
	*Confinement
	start *sandbox.Start // nil with a wrapper
}

// confine changes cmd so that it starts confined. A nil Confinement changes
// nothing.
func (c *Confinement) confine(cmd *exec.Cmd, home string, lim Limits) (*confined, error) {
	if c == nil {
		return nil, nil
	}
	// Of the parent that results are meant for, the program sees this number. Behind
	// a wrapper nobody knows.
	switch {
	case c.Box.Wraps():
		cmd.Env = append(cmd.Env, "TRACE_RESULT_PARENT=any")
	case c.Box.Networks():
		cmd.Env = append(cmd.Env, "TRACE_RESULT_PARENT=0")
	}
	if !c.Box.Wraps() {
		// Root's programs run as nobody in particular, who has to be able to start
		// them. The directory is open to nobody.
		if err := os.Chmod(cmd.Path, 0o755); err != nil {
			return nil, err
		}
	}
	p := c.Profile
	p.Home = home
	p.Limits = sandbox.Limits(lim)
	start, err := c.Box.Confine(cmd, p)
	if err != nil {
		return nil, err
	}
	return &confined{c, start}, nil
}

// started waits until the program itself runs.
func (c *confined) started() error {
	if c == nil || c.start == nil {
		return nil
	}
	err := c.start.Started()
	if l := c.start.Listener; l != nil {
		if err == nil && c.Serve != nil {
			c.Serve(l)
		} else {
			l.Close()
		}
	}
	return err
}

// failed undoes what a start that did not happen has prepared.
func (c *confined) failed() {
	if c != nil && c.start != nil {
		c.start.Failed()
	}
}

// ended closes what the process had.
func (c *confined) ended() {
	if c != nil && c.start != nil && c.start.Listener != nil {
		c.start.Listener.Close()
	}
}

// limits reports whether the program's limits were set already.
func (c *confined) limits() bool { return c != nil && c.start != nil }
