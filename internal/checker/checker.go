package checker

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// Options say what the proposals are for.
type Options struct {
	Dir      string   // working directory of the go command
	Patterns []string // packages
	Tags     string   // build tags
	Environ  []string // the user's environment; the child gets of it what the go command needs
	Allow    []string // what every body may use beyond the default

	Folder string // of the run: the child makes its temporary files there

	// Limits of each check; zero stands for what the size of the program asks for.
	Limits Limits
	// OnCrash, if not nil, is told when a child ended by itself and its text is given to
	// another one.
	OnCrash func(err error)
	// Command makes the command of a child; nil: this executable, run again.
	Command func() *exec.Cmd
}

// A Program is the program that a proposal changes.
type Program struct {
	Name   string            // programs of one name are the same
	Files  map[string][]byte // absolute name → content, where it differs from what is on disk
	Params []*source.Param   // as the caller has them
}

// A Checker judges proposals in a child process. It may be used by several goroutines,
// which take turns.
type Checker struct {
	opt     Options
	turn    chan struct{} // holds a value while the child is in use
	child   *process      // nil: there is none now
	waiting sync.WaitGroup
	closing context.Context
	close   context.CancelFunc
}

// New returns a checker. Its child starts with the first use. Close must be called.
func New(opt Options) *Checker {
	c := &Checker{opt: opt, turn: make(chan struct{}, 1)}
	c.closing, c.close = context.WithCancel(context.Background())
	return c
}

// Warm starts the child and has it load the program, meanwhile. What fails then will
// fail again when it matters.
func (c *Checker) Warm() {
	c.waiting.Go(func() {
		c.turn <- struct{}{}
		defer func() { <-c.turn }()
		c.ready(c.closing)
	})
}

// Close ends the child. Nothing of it is left when Close returns.
func (c *Checker) Close() {
	c.close()
	c.waiting.Wait()
	c.turn <- struct{}{}
	c.drop("the run is over")
}

// drop ends the child.
func (c *Checker) drop(why string) {
	if c.child != nil {
		c.child.end(why)
		c.child = nil
	}
}

// Read makes a proposal of a model's answer, as [optimizer.ParseAnswer] does. The
// error is an [*optimizer.AnswerError], also if the answer could not be read within
// the limits; an [*optimizer.CheckError] if it was not looked at; or that of ctx.
func (c *Checker) Read(ctx context.Context, p Program, text string, offered []optimizer.Param) (optimizer.Proposal, error) {
	req := &read{Program: p.message(), Text: text}
	for _, o := range offered {
		req.Offered = append(req.Offered, o.ID)
	}
	r, err := c.ask(ctx, &request{Read: req})
	var f *failure
	switch {
	case errors.As(err, &f):
		return optimizer.Proposal{}, f.answerError()
	case err != nil:
		return optimizer.Proposal{}, err
	case r.Answer != nil:
		return optimizer.Proposal{}, r.Answer
	}
	return *r.Proposal, nil
}

// Check judges a proposal. The error is a [*source.Rejection], also if it could not be
// checked within the limits; another one that says why its texts cannot be put into
// their files; an [*optimizer.CheckError] if it was not looked at; or that of ctx.
func (c *Checker) Check(ctx context.Context, p Program, prop optimizer.Proposal) (*Verdict, error) {
	r, err := c.ask(ctx, &request{Check: &check{Program: p.message(), Assign: prop.Assign}})
	var f *failure
	switch {
	case errors.As(err, &f):
		return nil, f.rejection(prop.Assign)
	case err != nil:
		return nil, err
	case r.Rejected != nil:
		return nil, r.Rejected
	case r.Refused != "":
		return nil, errors.New(r.Refused)
	}
	return r.Verdict, nil
}

func (p Program) message() program {
	return program{Name: p.Name, Files: p.Files, Sum: sumOf(p.Params)}
}

// Probe starts a child that loads nothing, and ends it.
func Probe(ctx context.Context) error {
	c := New(Options{})
	defer c.Close()
	p, err := c.start()
	if err == nil {
		defer p.end("it works")
		_, err = p.ask(ctx, &request{}, loadTime)
	}
	return err
}

// ask has the child answer, another one if the first cannot.
func (c *Checker) ask(ctx context.Context, req *request) (*reply, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-c.turn }()
	crashes, stale := 0, false
	for {
		if err := c.ready(ctx); err != nil {
			return nil, err
		}
		lim := c.limits()
		req.Limits = &lim
		r, err := c.child.ask(ctx, req, lim.Wall)
		if err != nil {
			c.drop("it cannot be asked any more")
			var f *failure
			if !errors.As(err, &f) {
				return nil, err
			}
			f.limits = lim
			if f.outcome != crashed || crashes > 0 {
				return nil, f
			}
			crashes++
			if c.opt.OnCrash != nil {
				c.opt.OnCrash(errors.New(f.said))
			}
			continue
		}
		switch {
		case r.Broken != "":
			c.drop("it cannot load the program")
			return nil, &optimizer.CheckError{Err: fmt.Errorf("the process that checks proposals cannot load the program: %s", r.Broken)}
		case r.Stale && stale:
			return nil, &optimizer.CheckError{Err: errors.New("files of the program changed while it was trained: put them back, then go on with tracetrain resume")}
		case r.Stale:
			stale = true // files may have changed since this child began
			c.drop("it has another program")
			continue
		}
		return r, nil
	}
}

func (c *Checker) limits() Limits {
	if c.opt.Limits != (Limits{}) {
		return c.opt.Limits
	}
	return defaults(c.child.loaded.Bytes)
}

// ready sees to it that there is a child that has loaded the program.
func (c *Checker) ready(ctx context.Context) error {
	if c.child != nil {
		return nil
	}
	p, err := c.start()
	if err != nil {
		return &optimizer.CheckError{Err: fmt.Errorf("the process that checks proposals does not start: %w", err)}
	}
	r, err := p.ask(ctx, &request{Load: &load{
		Dir: c.opt.Dir, Patterns: c.opt.Patterns, Tags: c.opt.Tags,
		Env: append(build.LoadEnv(c.opt.Environ), p.temporary()...), Allow: c.opt.Allow,
	}}, loadTime)
	if err == nil && r.Loaded == nil {
		err = errors.New(r.Broken)
	}
	if err != nil {
		p.end("it cannot load the program")
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &optimizer.CheckError{Err: fmt.Errorf("the process that checks proposals cannot load the program: %w", err)}
	}
	p.loaded = *r.Loaded
	c.child = p
	p.limit(c.limits())
	return nil
}
