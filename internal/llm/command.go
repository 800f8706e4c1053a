package llm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/ui"
)

const (
	maxOutput = 4 << 20 // of a command's standard output
	maxStderr = 2 << 10 // of its standard error, the end of it
	waitDelay = 2 * time.Second
)

// command is a client that asks an external command: any agent's or model's
// command line program. It inherits the environment, since it needs its own
// keys.
type command struct {
	spec Spec
	path string // of the program, absolute: Dir must not change its meaning
	opt  Options
}

func newCommand(spec Spec, opt Options) (Client, error) {
	if len(spec.words) == 0 {
		var err error
		if spec, err = Parse(spec.String()); err != nil {
			return nil, err
		}
	}
	path, err := exec.LookPath(spec.words[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, ui.Errorf("%s: %w", spec, err).WithHint("the first word must be a program; for shell syntax write exec:sh -c '…'")
	}
	return &command{spec, path, opt}, nil
}

func (c *command) Spec() string { return c.spec.String() }

func (c *command) Complete(ctx context.Context, req Request) (Response, error) {
	limited, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	stdout := &head{max: maxOutput, over: cancel}
	stderr := &tail{max: maxStderr}
	cmd := exec.CommandContext(limited, c.path, c.spec.words[1:]...)
	cmd.Dir = c.opt.Dir
	cmd.Stdin = strings.NewReader(Prompt(req.Messages))
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A descendant that left the process group may hold the pipes open.
	cmd.WaitDelay = waitDelay
	ownGroup(cmd)
	err := run(cmd)
	if err != nil && cmd.Process == nil {
		callOf(ctx).Miss(false) // it did not begin
	} else if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		callOf(ctx).Done(Usage{Prompt: guess(promptBytes(req)), Estimated: true})
	}
	switch {
	case ctx.Err() != nil:
		return Response{}, fmt.Errorf("%s: %w", c.spec, ctx.Err())
	case stdout.full:
		return Response{}, ui.Errorf("%s: the command wrote more than %d MB and was stopped", c.spec, maxOutput>>20).
			WithHint("standard output must be the answer alone; progress belongs on standard error")
	case limited.Err() != nil:
		return Response{}, ui.Errorf("%s: no answer within %s; the command was stopped%s", c.spec, c.opt.Timeout, stderr.quote())
	case errors.Is(err, exec.ErrWaitDelay):
		// It exited well, only something it left behind kept the pipe.
	case err != nil:
		return Response{}, ui.Errorf("%s: %w%s", c.spec, err, stderr.quote()).WithHint("run the command by hand with a prompt on standard input")
	}
	resp := Response{Text: stdout.buf.String(), Finish: "stop"}
	estimate(req, &resp)
	return resp, nil
}

// head keeps the beginning of a stream and calls over when there is more.
type head struct {
	buf  bytes.Buffer
	max  int
	full bool
	over func()
}

func (h *head) Write(p []byte) (int, error) {
	if h.buf.Len()+len(p) > h.max {
		h.full = true
		h.over()
		return 0, errors.New("too much output")
	}
	return h.buf.Write(p)
}

// tail keeps the end of a stream.
type tail struct {
	buf []byte
	max int
	cut bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - t.max; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
		t.cut = true
	}
	return len(p), nil
}

// quote returns what was kept as the end of an error message.
func (t *tail) quote() string {
	s := strings.TrimSpace(strings.ToValidUTF8(string(t.buf), "?"))
	if s == "" {
		return ""
	}
	if t.cut {
		s = "…" + s
	}
	return "; it wrote on standard error:\n" + s
}
