package build

import (
	"fmt"
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

// prepare makes cmd one that can start confined. A nil Confinement changes nothing.
func (c *Confinement) prepare(cmd *exec.Cmd) error {
	if c == nil {
		return nil
	}
	// Of the parent that results are meant for, the program sees this number. Behind
	// a wrapper nobody knows.
	switch {
	case c.Box.Wraps():
		cmd.Env = append(cmd.Env, "TRACE_RESULT_PARENT=any")
	case c.Box.Networks():
		cmd.Env = append(cmd.Env, "TRACE_RESULT_PARENT=0")
	}
	if c.Box.Wraps() {
		return nil
	}
	// Root's programs run as nobody in particular, who has to be able to start them.
	// The directory is open to nobody.
	return os.Chmod(cmd.Path, 0o755)
}

// start starts cmd, confined unless c is nil. The caller calls ended when the program
// has ended.
func (c *Confinement) start(cmd *exec.Cmd, home string, lim Limits) (ended func(), err error) {
	if c == nil {
		return func() {}, cmd.Start()
	}
	p := c.Profile
	p.Home = home
	p.Limits = sandbox.Limits(lim)
	l, err := c.Box.Start(cmd, p)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if l == nil {
		return func() {}, nil
	}
	if c.Serve == nil {
		l.Close()
	} else {
		c.Serve(l)
	}
	return func() { l.Close() }, nil
}

// limits reports whether the program's limits are set before it starts.
func (c *Confinement) limits() bool { return c != nil && !c.Box.Wraps() }
