package train

import (
	"context"
	"path/filepath"
	"time"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/fresh"
	"github.com/opto-go/trace/internal/fresh/program"
)

// sourcesOf is a record of the files that decide what the loaded program is, nil
// if one of them was written since start: what was read may then be neither.
func (s *session) sourcesOf(prog *gen.Program, start time.Time) *fresh.Inputs {
	goMod := prog.GoMod
	if name := build.FlagValue(s.opt.Environ, "modfile"); name != "" {
		if goMod = name; !filepath.IsAbs(name) {
			goMod = filepath.Join(prog.Config.Dir, name)
		}
	}
	in := program.Inputs(prog, goMod, s.opt.Patterns)
	if in.ChangedSince(start) {
		return nil
	}
	return &in
}

// reload is the original with files in place of its own, checked in memory. It is
// nil if the go command has to be asked, as when one of the files that decide is
// not what it was.
func (s *session) reload(ctx context.Context, files map[string][]byte) *gen.Program {
	if s.base == nil || s.loaded == nil || len(files) == 0 {
		return nil
	}
	prog, ok := s.base.prog.With(ctx, files)
	if !ok || !s.loaded.Fresh() {
		return nil
	}
	return prog
}
