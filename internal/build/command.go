package build

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// A CommandResult is what became of a command that is no program of the module.
type CommandResult struct {
	Exit   Exit
	Stdout string
	Output string // standard output and standard error as they came
}

// commandOutput is how much of the output of a command is kept.
const commandOutput = 64 << 10

// RunCommand runs a command of the user's, which may use the go command: it has
// the build cache of this build. Opt.Timeout is the time limit.
func (b *Builder) RunCommand(ctx context.Context, words []string, opt RunOptions) (*CommandResult, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	cmd := exec.Command(words[0], words[1:]...)
	opt.Set = append([]string{"GOCACHE=" + b.cache}, opt.Set...)
	home, err := b.atHome(cmd, opt)
	if err != nil {
		return nil, err
	}
	defer RemoveAll(home)
	var mu sync.Mutex
	stdout, all := &bounded{limit: commandOutput}, &bounded{limit: commandOutput}
	both := writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return all.Write(p)
	})
	cmd.Stdout = io.MultiWriter(stdout, both)
	cmd.WaitDelay = grace // a descendant may hold the pipe
	p, err := startConfined(cmd, Limits{File: fileLimit}, opt.Confine, home, func(r io.Reader) { io.Copy(both, r) }, nil)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", words[0], err)
	}
	var late <-chan time.Time
	if opt.Timeout > 0 {
		timer := time.NewTimer(opt.Timeout)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill("interrupted")
		<-p.done
		return nil, context.Cause(ctx)
	case <-late:
		p.kill(fmt.Sprintf("took longer than %v", opt.Timeout))
		<-p.done
	}
	return &CommandResult{Exit: p.exit(), Stdout: stdout.String(), Output: all.String()}, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
