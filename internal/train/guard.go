package train

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opto-go/trace/internal/checker"
	"github.com/opto-go/trace/optimizer"
)

// A guard tells whether proposals are candidates. Those of a model are looked at in
// another process; those of the embedded optimizer, changes of the program's own text,
// in this one.
type guard struct {
	apart *checker.Checker // nil: in this process
	// What was found out about proposals that the optimizer asked about: it returns
	// those that are candidates.
	known map[[sha256.Size]byte]*checker.Verdict
}

// newGuard has what the model writes looked at in another process.
func (s *session) newGuard() {
	opt := checker.Options{
		Dir: s.opt.Dir, Patterns: s.opt.Patterns, Tags: s.opt.Tags, Environ: s.opt.Environ, Allow: s.opt.Allow,
		Folder: s.work.Path,
		OnCrash: func(err error) {
			s.ui.warn("the process that checks proposals ended (%v): the proposal is checked once more", err)
		},
	}
	if s.opt.checking != nil {
		s.opt.checking(&opt)
	}
	s.guard = &guard{apart: checker.New(opt), known: map[[sha256.Size]byte]*checker.Verdict{}}
}

// warm has the other process load the program, if there is one, while the model thinks.
func (g *guard) warm() {
	if g != nil {
		clear(g.known) // of the last step
		g.apart.Warm()
	}
}

func (g *guard) close() {
	if g != nil {
		g.apart.Close()
	}
}

// check judges a proposal that changes st. The error says why it is no candidate; it is
// a [*optimizer.CheckError] if nobody knows.
func (g *guard) check(ctx context.Context, st *state, p optimizer.Proposal) (*checker.Verdict, error) {
	if g == nil {
		return checker.Judge(ctx, st.params, st.check, p)
	}
	key, err := keyOf(st, p)
	if err != nil {
		return nil, err
	}
	if v := g.known[key]; v != nil {
		return v, nil
	}
	v, err := g.apart.Check(ctx, programOf(st), p)
	if err != nil {
		return nil, err
	}
	for name := range v.Files {
		if !st.changes(name) {
			return nil, &optimizer.CheckError{Err: fmt.Errorf("the process that checks proposals would change %s", name)}
		}
	}
	g.known[key] = v
	return v, nil
}

// problem has the optimizer's questions about proposals for st answered here.
func (g *guard) problem(p *optimizer.Problem, st *state) {
	if g == nil {
		p.Check = st.check.Check
		return
	}
	p.Read = func(ctx context.Context, text string) (optimizer.Proposal, error) {
		return g.apart.Read(ctx, programOf(st), text, p.Params)
	}
	p.Check = func(ctx context.Context, prop optimizer.Proposal) error {
		_, err := g.check(ctx, st, prop)
		return err
	}
}

func programOf(st *state) checker.Program {
	return checker.Program{Name: string(st.hash), Files: st.files, Params: st.params}
}

func keyOf(st *state, p optimizer.Proposal) (key [sha256.Size]byte, err error) {
	data, err := json.Marshal([]any{st.hash, p.Assign}) // maps are sorted
	return sha256.Sum256(data), err
}

// changes reports whether a proposal may change a file.
func (st *state) changes(name string) bool {
	for _, p := range st.params {
		if p.File == name {
			return true
		}
	}
	return false
}

// unjudged reports whether err says that nobody knows whether a proposal is a
// candidate.
func unjudged(err error) bool {
	var e *optimizer.CheckError
	return errors.As(err, &e)
}
