package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/opto-go/trace/internal/ui"
)

// stopSignals are the signals that end a command.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// goRun runs the go command in the foreground and passes its exit code on. A
// stop signal goes to the go command and all that it started; a second one
// kills them. Either way goRun returns only when the child has ended, so that
// the caller can clean up and keep what was recorded.
func (c *command) goRun(args, env []string) error {
	cmd := c.goCommand(args...)
	cmd.Env = append(env[:len(env):len(env)], "PWD="+c.dir)
	group := ownGroup(cmd)

	sigs := make(chan os.Signal, 2)
	signal.Notify(sigs, stopSignals...)
	defer signal.Stop(sigs)
	if err := cmd.Start(); err != nil {
		return ui.Errorf("%w", err)
	}
	ended := make(chan struct{})
	watching := make(chan struct{})
	stopped := false
	go func() {
		defer close(watching)
		for n := 0; ; n++ {
			select {
			case sig := <-sigs:
				stopped = true
				group.signal(sig, n > 0)
			case <-ended:
				return
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	<-watching

	var exit *exec.ExitError
	switch {
	case err == nil && stopped:
		return ui.Exit(ui.Failed) // interrupted, whatever the child says
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return ui.Exit(exit.ExitCode())
	case errors.As(err, &exit): // ended by a signal
		return ui.Exit(ui.Failed)
	}
	return ui.Errorf("go %s: %w", args[0], err)
}
