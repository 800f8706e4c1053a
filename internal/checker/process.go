package checker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/build"
)

// loadTime bounds the loading of the program, which looks at nothing that a model
// wrote. It is there for a go command that hangs.
const loadTime = 10 * time.Minute

// A process is a child, seen from its parent.
type process struct {
	helper *build.Helper
	in     *os.File // what it reads
	out    *os.File // what it writes
	folder string
	loaded loaded
}

func (c *Checker) start() (*process, error) {
	command := c.opt.Command
	if command == nil {
		command = ourselves
	}
	cmd := command()
	p := &process{folder: c.opt.Folder}
	if cmd.Path == "" {
		return nil, errors.New("this executable cannot be found")
	}
	if len(cmd.Args) == 1 {
		cmd.Args = append(cmd.Args, cmp.Or(p.folder, "-"))
	}
	// What it was started with, programs of the same user can read: there is no key in it.
	cmd.Env = slices.Concat([]string{}, cmd.Env, forRuntime(c.opt.Environ), p.temporary()) // nil would be all that we have
	cmd.Dir = p.folder
	in, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		in.Close()
		ours.Close()
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, p.in, p.out = in, theirs, ours, out
	p.helper, err = build.StartHelper(cmd, build.Limits{})
	in.Close()
	theirs.Close()
	if err != nil {
		ours.Close()
		out.Close()
		return nil, err
	}
	return p, nil
}

// ourselves is this executable as a child.
func ourselves() *exec.Cmd {
	path, err := os.Executable()
	if runtime.GOOS == "linux" {
		path, err = "/proc/self/exe", nil // also when the file was replaced
	}
	if err != nil {
		path = ""
	}
	return &exec.Cmd{Path: path, Args: []string{Name}}
}

// forRuntime are the variables that the runtime and the loader of a process read, and
// with which a process of Windows starts.
func forRuntime(environ []string) []string {
	names := []string{"PATH", "HOME", "TZ", "LANG", "GODEBUG", "GOMAXPROCS", "GOCOVERDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"}
	var env []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if slices.Contains(names, name) {
			env = append(env, e)
		}
	}
	return env
}

// temporary are the variables that tell where temporary files go. They also tell
// whose process it is, should it be left.
func (p *process) temporary() []string {
	if p.folder == "" {
		return nil
	}
	tmp := filepath.Join(p.folder, "tmp")
	return []string{"TMPDIR=" + tmp, "TMP=" + tmp, "TEMP=" + tmp, "GOTMPDIR=" + tmp}
}

// limit has the kernel bound the memory of the child, where it can.
func (p *process) limit(lim Limits) {
	if !reserves {
		p.helper.Limit(build.Limits{Data: p.loaded.Total + 2*p.loaded.Heap + lim.Heap + slack})
	}
}

// ask sends a request and waits for the reply. A [*failure] says why there is none;
// other errors are those of ctx. After an error the child is of no use.
func (p *process) ask(ctx context.Context, req *request, wall time.Duration) (*reply, error) {
	type answer struct {
		reply *reply
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		r := new(reply)
		err := writeMessage(p.in, req)
		if err == nil {
			err = readMessage(p.out, r)
		}
		got <- answer{r, err}
	}()
	timer := time.NewTimer(wall)
	defer timer.Stop()
	select {
	case a := <-got:
		switch {
		case a.err != nil:
			return nil, p.crash(a.err)
		case a.reply.Over != 0:
			return nil, &failure{outcome: a.reply.Over}
		case !a.reply.fits(req):
			return nil, p.crash(errors.New("it answered something else"))
		}
		return a.reply, nil
	case <-ctx.Done():
		p.helper.Kill("interrupted")
		<-got // its pipes end with it
		return nil, context.Cause(ctx)
	case <-timer.C:
		p.helper.Kill(fmt.Sprintf("took longer than %v", wall))
		<-got
		return nil, &failure{outcome: overWall}
	}
}

// fits reports whether r may answer req.
func (r *reply) fits(req *request) bool {
	if r.Broken != "" || r.Stale {
		return true
	}
	switch {
	case req.Load != nil:
		return r.Loaded != nil
	case req.Read != nil:
		return r.Proposal != nil || r.Answer != nil
	case req.Check != nil:
		return r.Rejected != nil || r.Refused != "" || r.Verdict != nil
	}
	return true
}

// crash says how the child ended, which did not answer for that reason.
func (p *process) crash(err error) *failure {
	// It has a moment to come to its end.
	select {
	case <-p.helper.Done():
	case <-time.After(lastMoment):
		p.helper.Kill("it gave no answer")
	}
	exit, stderr := p.helper.Wait()
	said := lastWords(stderr)
	switch {
	case outOfMemory(said):
		return &failure{outcome: overMemory}
	case said == "" && exit.Killed == "":
		said = exit.String()
	case said == "":
		said = "no answer: " + err.Error()
	}
	return &failure{outcome: crashed, said: said}
}

const lastMoment = 500 * time.Millisecond

// end ends the child and waits until nothing of it is left.
func (p *process) end(why string) {
	p.in.Close()
	p.helper.Kill(why)
	p.helper.Wait()
	p.out.Close()
}
