package train

import (
	"context"

	"github.com/opto-go/trace/internal/build"
)

// An original is the program as it is on disk, compiled once for all the runs of
// it that come before the search.
type original struct {
	s    *session
	bins map[*unit]*build.Binary
}

func (s *session) newOriginal() *original {
	return &original{s: s, bins: map[*unit]*build.Binary{}}
}

// built is the original as runBuilt takes it.
func (o *original) built(ctx context.Context, how running) built {
	return built{how: how, binary: func(u *unit) (*build.Binary, error) {
		if o.bins[u] == nil {
			bin, err := o.s.compile(ctx, u, nil)
			if err != nil {
				return nil, err
			}
			o.bins[u] = bin
		}
		return o.bins[u].With(nil)
	}}
}

// remove deletes what was compiled.
func (o *original) remove() {
	for u, bin := range o.bins {
		bin.Remove()
		delete(o.bins, u)
	}
}
