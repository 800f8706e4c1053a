package build

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// A Binary is a compiled test binary or program.
type Binary struct {
	Path string
	Test bool
	// Weak says why results of tests are read from the output instead of the
	// pipe; empty if they are not.
	Weak string

	builder *Builder
}

// RunOptions say how to run a binary.
type RunOptions struct {
	Dir     string        // working directory: for tests, that of the package
	Args    []string      // further arguments
	Timeout time.Duration // per case, and for what happens outside of cases; 0: none

	Run   string   // -test.run; empty: all
	Tests []string // the top-level tests, examples and fuzz targets that Run selects; those that another one kept from running get a process of their own

	Skip []string // full names of tests that do not run, with all below them

	// Shuffle is -test.shuffle: a number that the order of the top-level tests, and
	// of benchmarks, is drawn with; empty: that of the source.
	Shuffle string

	Pass    []string // variables passed into the clean environment, NAME or NAME=VALUE
	UserEnv bool     // run in the user's own environment instead
	Set     []string // variables set in either

	Confine *Confinement // nil: it runs with the user's rights

	MaxPrint int64 // bytes that may be printed; 0: 64 MiB
	MaxDisk  int64 // bytes that it may have on disk at once when it is confined; 0: 512 MiB

	// GiveUp ends RunTests with the first process that is killed: the other
	// cases get no process any more. The last of Result.Exits tells.
	GiveUp bool
}

const (
	defaultMaxPrint = 64 << 20
	dataLimit       = 4 << 30
	fileLimit       = 1 << 30
	tick            = 20 * time.Millisecond
	leastCPU        = 10 * time.Second // of one test on one processor
)

// RunProgram runs a program; its one case passes when it exits with 0 in time.
func (b *Binary) RunProgram(ctx context.Context, opt RunOptions) (*Result, error) {
	col := newCollector(false, opt.maxPrint())
	col.start(MainCase, "", true)
	exit, err := b.process(ctx, opt, opt.Args, col, func(r io.Reader) {
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			col.line(string(buf[:n]), MainCase)
			if err != nil {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	res := &Result{Exits: []Exit{exit}, Elapsed: exit.Elapsed, Busy: exit.Elapsed}
	c := CaseResult{Name: MainCase, Result: Pass, Elapsed: exit.Elapsed}
	if !exit.OK() {
		c.Result = Fail
		if exit.Killed != "" {
			c.Result = Killed
		}
	}
	// Without a testing.TB, Score and Feedback have no name.
	col.said[MainCase] = col.said[""]
	col.fill(&c)
	if !exit.OK() {
		c.Feedback = append(c.Feedback, exit.String())
	}
	res.Cases = []CaseResult{c}
	return res, nil
}

// fill adds what was said and printed about a case.
func (c *collector) fill(r *CaseResult) {
	if s := c.said[r.Name]; s != nil {
		r.Score, r.Feedback, r.Units = s.score, s.feedback, s.units
		if s.bad {
			r.Feedback = append(r.Feedback, "the score is not a finite number")
			if r.Result == Pass {
				r.Result = Fail
			}
		}
	}
	if out := c.outs[r.Name]; out != nil {
		r.Output = out.String()
	}
}

func (o *RunOptions) maxPrint() int64 {
	if o.MaxPrint > 0 {
		return o.MaxPrint
	}
	return defaultMaxPrint
}

// process runs the binary once and watches the clock.
func (b *Binary) process(ctx context.Context, opt RunOptions, args []string, col *collector, out func(io.Reader)) (Exit, error) {
	if err := context.Cause(ctx); err != nil {
		return Exit{}, err
	}
	cmd := exec.Command(b.Path, args...)
	home, err := b.builder.atHome(cmd, opt)
	if err != nil {
		return Exit{}, err
	}
	defer RemoveAll(home)
	cmd.Env = append(cmd.Env, resultKey+"="+col.key)

	lim := Limits{Data: dataLimit, File: fileLimit}
	if b.builder.Race {
		lim.Data = 0 // the race detector reserves far more than it uses
	}
	if opt.Timeout > 0 {
		// A last line behind the watch below. Many cases share a process, and sub-tests
		// are not counted, so a short limit of a case is none for all of them.
		lim.CPU = time.Duration(len(opt.Tests)+10) * max(opt.Timeout, leastCPU) * time.Duration(runtime.NumCPU())
	}
	if b.builder.Unlimited {
		lim = Limits{}
	}
	disk := opt.tally(home)
	p, err := startConfined(cmd, lim, opt.Confine, home, out, col.readResults)
	if err != nil {
		return Exit{}, fmt.Errorf("starting %s: %w", b.Path, err)
	}
	watch := time.NewTicker(tick)
	defer watch.Stop()
	for {
		select {
		case <-p.done:
			return p.exit(), nil
		case <-ctx.Done():
			p.kill("interrupted")
			<-p.done
			return p.exit(), context.Cause(ctx)
		case <-watch.C:
			if why, over := col.overdue(opt.Timeout); over {
				p.kill(why)
			} else if why, over := disk.over(); over {
				p.kill(why)
			}
		}
	}
}

// tally is that of a program: of nothing unless it is confined.
func (o *RunOptions) tally(home string) *tally {
	t := &tally{bytes: maxDisk, files: maxFiles}
	if o.MaxDisk > 0 {
		t.bytes = o.MaxDisk
	}
	if o.Confine != nil {
		t.dirs = append([]string{home}, o.Confine.Profile.Write...)
	}
	return t
}

// atHome gives cmd its directory, its environment, and a private home, which the
// caller removes.
func (b *Builder) atHome(cmd *exec.Cmd, opt RunOptions) (home string, err error) {
	if home, err = os.MkdirTemp(b.Dir, "home-"); err != nil {
		return "", err
	}
	if err := privateHome(home); err != nil {
		RemoveAll(home)
		return "", err
	}
	cmd.Dir = opt.Dir
	if opt.UserEnv {
		cmd.Env = append(userEnv(b.Env, opt.Pass), "TRACE_DIR=")
	} else {
		cmd.Env = CleanEnv(b.Env, b.goroot, b.modcache, home, opt.Pass)
	}
	if opt.Dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+opt.Dir)
	}
	cmd.Env = append(cmd.Env, opt.Set...)
	return home, nil
}

// RemoveAll removes dir although a program may have made parts of it
// read-only, as the go command does with a module cache.
func RemoveAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	makeWritable(dir)
	os.RemoveAll(dir)
}
