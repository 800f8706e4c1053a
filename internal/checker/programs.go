package checker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// programs are what a child has loaded.
type programs struct {
	load   *load
	base   *gen.Program
	heap   int64 // bytes that it takes
	opened []*opened
}

// opened is a program that proposals are checked for.
type opened struct {
	name   string
	params []*source.Param
	check  *source.Checker
	sum    string
}

// mostOpened is how many programs stay loaded: proposals are checked for one after the
// other, and a merger takes two.
const mostOpened = 2

func (c *child) answer(req *request) *reply {
	ctx := context.Background()
	switch {
	case req.Load != nil:
		return c.loadProgram(ctx, req.Load)
	case c.prog == nil:
		return &reply{} // only asked whether it lives
	case req.Read != nil:
		return c.read(ctx, req.Read)
	case req.Check != nil:
		return c.check(ctx, req.Check)
	}
	return &reply{}
}

func (c *child) loadProgram(ctx context.Context, l *load) *reply {
	base, err := gen.Load(ctx, l.config(nil))
	if err != nil {
		return &reply{Broken: err.Error()}
	}
	c.prog = &programs{load: l, base: base}
	var r loaded
	for _, pkg := range base.Packages {
		for _, f := range pkg.Syntax {
			r.Bytes += int64(f.FileEnd - f.FileStart)
		}
	}
	runtime.GC()
	r.Heap, r.Total = memory()
	c.prog.heap = r.Heap
	return &reply{Loaded: &r}
}

func (l *load) config(files map[string][]byte) gen.Config {
	return gen.Config{Dir: l.Dir, Patterns: l.Patterns, Tags: l.Tags, Env: l.Env, Tests: true, Overlay: files}
}

// open gives a program, loaded.
func (p *programs) open(ctx context.Context, want program) (*opened, error) {
	for i, o := range p.opened {
		if o.name == want.Name {
			copy(p.opened[1:i+1], p.opened[:i]) // to the front: it was used last
			p.opened[0] = o
			return o, nil
		}
	}
	prog := p.base
	if len(want.Files) > 0 {
		var ok bool
		if prog, ok = p.base.With(ctx, want.Files); !ok {
			var err error
			if prog, err = gen.Load(ctx, p.load.config(want.Files)); err != nil {
				return nil, err
			}
		}
	}
	params, err := source.Params(prog)
	if err != nil {
		return nil, err
	}
	source.Widen(params, p.load.Allow)
	o := &opened{name: want.Name, params: params, check: source.NewChecker(prog, params), sum: sumOf(params)}
	p.opened = slices.Insert(p.opened, 0, o)
	p.opened = p.opened[:min(len(p.opened), mostOpened)]
	return o, nil
}

// sumOf tells parameters that are not the same.
func sumOf(params []*source.Param) string {
	h := sha256.New()
	for _, p := range params {
		fmt.Fprintf(h, "%q %q %q %d %d %x %q\n", p.ID, p.Name, p.Param.File, p.Start, p.End, p.Sum, p.Allow)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// opened gives the program of a request, or the reply that there is instead.
func (c *child) opened(ctx context.Context, want program) (*opened, *reply) {
	o, err := c.prog.open(ctx, want)
	if err != nil {
		return nil, &reply{Broken: err.Error()}
	}
	if o.sum != want.Sum {
		return nil, &reply{Stale: true}
	}
	return o, nil
}

func (c *child) read(ctx context.Context, req *read) *reply {
	o, r := c.opened(ctx, req.Program)
	if r != nil {
		return r
	}
	if c.before != nil {
		c.before(req.Text)
	}
	var offered []optimizer.Param
	for _, p := range o.params {
		if slices.Contains(req.Offered, p.ID) {
			offered = append(offered, p.Param)
		}
	}
	prop, err := optimizer.ParseAnswer(req.Text, offered)
	var bad *optimizer.AnswerError
	switch {
	case errors.As(err, &bad):
		return &reply{Answer: bad}
	case err != nil:
		return &reply{Answer: &optimizer.AnswerError{Reason: optimizer.Invalid, Problems: []string{err.Error()}}}
	}
	return &reply{Proposal: &prop}
}

func (c *child) check(ctx context.Context, req *check) *reply {
	o, r := c.opened(ctx, req.Program)
	if r != nil {
		return r
	}
	if c.before != nil {
		texts := slices.Sorted(maps.Values(req.Assign))
		c.before(strings.Join(texts, "\n"))
	}
	v, err := Judge(ctx, o.params, o.check, optimizer.Proposal{Assign: req.Assign})
	var rejected *source.Rejection
	switch {
	case errors.As(err, &rejected):
		return &reply{Rejected: rejected}
	case err != nil:
		return &reply{Refused: err.Error()}
	}
	return &reply{Verdict: v}
}

// Judge checks a proposal in this process. An error says why it is no candidate, or is
// that of ctx.
func Judge(ctx context.Context, params []*source.Param, k *source.Checker, prop optimizer.Proposal) (*Verdict, error) {
	v := &Verdict{}
	var err error
	if v.Code, err = k.Code(ctx, prop); err != nil {
		return nil, err
	}
	if v.Files, err = source.Apply(params, prop.Assign); err != nil {
		return nil, err
	}
	v.Runs = k.NeedsRun(prop)
	return v, nil
}
