package train

import (
	"context"
	"sync"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
)

// A repeated is a program that is compiled once for all of its runs, several of
// which may go on at a time.
type repeated struct {
	s       *session
	files   map[string][]byte // with its checks
	hash    journal.Hash
	checked bool

	mu   sync.Mutex
	bins map[*unit]*build.Binary
}

// repeat compiles nothing yet.
func (s *session) repeat(files map[string][]byte, checks []source.RunCheck) *repeated {
	return &repeated{
		s: s, files: withChecks(files, checks), hash: candidateHash(s.root, files),
		checked: len(checks) > 0, bins: map[*unit]*build.Binary{},
	}
}

// run runs the program once. The result stands against no objective yet.
func (r *repeated) run(ctx context.Context, how running) (*evaluation, error) {
	return r.s.runBuilt(ctx, built{
		binary: func(u *unit) (*build.Binary, error) { return r.binary(ctx, u) },
		files:  r.files, hash: r.hash, checked: r.checked, how: how,
	})
}

// binary is a unit, for one run.
func (r *repeated) binary(ctx context.Context, u *unit) (*build.Binary, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bins[u] == nil {
		bin, err := r.s.builder.Compile(ctx, r.s.spec(u, r.files))
		if err != nil {
			return nil, err
		}
		r.bins[u] = bin
	}
	return r.bins[u].With(nil)
}

func (r *repeated) remove() {
	if r == nil {
		return
	}
	for u, bin := range r.bins {
		bin.Remove()
		delete(r.bins, u)
	}
}
