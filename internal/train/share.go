package train

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/batch"
	"github.com/opto-go/trace/internal/build"
)

// errAlone tells that a candidate has to be evaluated in a program of its own.
var errAlone = errors.New("not in a batch")

// A share is a candidate's place in a program of several.
type share struct {
	batch *sharedBuild
	index int
}

// A sharedBuild is the binaries of several candidates in one program.
type sharedBuild struct {
	prog *batch.Program
	bins map[*unit]sharedBinary
}

type sharedBinary struct {
	*build.Binary
	chosen [][]build.Patch // by candidate
}

func (b *sharedBuild) remove() {
	for _, bin := range b.bins {
		bin.Remove()
	}
}

// add takes a binary over, unless no candidate can be chosen in it.
func (b *sharedBuild) add(u *unit, bin *build.Binary) error {
	data, err := os.ReadFile(bin.Path)
	if err != nil {
		bin.Remove()
		return err
	}
	chosen, err := b.prog.Patches(data)
	if err != nil {
		bin.Remove()
		return errAlone
	}
	b.bins[u] = sharedBinary{bin, chosen}
	return nil
}

// binary is a unit with the candidate chosen.
func (sh *share) binary(u *unit) (*build.Binary, error) {
	bin := sh.batch.bins[u]
	return bin.With(bin.chosen[sh.index])
}

// settle makes of what a shared program gave what it gives alone. A process
// that ran out of time, memory or stack might not have done so alone.
func (sh *share) settle(res *build.Result) error {
	if sh == nil {
		return nil
	}
	for _, e := range res.Exits {
		if e.Killed != "" || e.Signal != "" {
			return errAlone
		}
	}
	text := func(s *string) (fatal bool) {
		fatal = strings.HasPrefix(*s, "fatal error: ") || strings.Contains(*s, "\nfatal error: ")
		*s = sh.batch.prog.Text(sh.index, *s)
		return fatal
	}
	fatal := text(&res.Output)
	for i := range res.Cases {
		c := &res.Cases[i]
		fatal = text(&c.Output) || fatal
		for j := range c.Feedback {
			text(&c.Feedback[j])
		}
	}
	if fatal {
		return errAlone
	}
	return nil
}

// evaluateNew compiles and runs a candidate, with others if it can.
func (s *session) evaluateNew(ctx context.Context, c *candidate) (*evaluation, error) {
	first := running{first: true}
	if s.noise != nil { // it will run some more times
		raw, err := s.runAgain(ctx, c, first)
		if err != nil || raw.rejected != "" {
			return raw, err
		}
		return s.judge(raw, first), nil
	}
	if c.share == nil {
		return s.evaluate(ctx, c.files, c.checks, first)
	}
	raw, err := s.runShared(ctx, c, first)
	if errors.Is(err, errAlone) {
		return s.evaluate(ctx, c.files, c.checks, first)
	}
	if err != nil || raw.rejected != "" {
		return raw, err
	}
	return s.judge(raw, first), nil
}

// runShared runs a candidate in a program of several.
func (s *session) runShared(ctx context.Context, c *candidate, how running) (*evaluation, error) {
	return s.runBuilt(ctx, built{
		binary: c.share.binary, files: withChecks(c.files, c.checks), hash: c.hash, checked: len(c.checks) > 0, shared: c.share, how: how,
	})
}

// shareBuilds compiles the candidates that differ in bodies and values only
// into few programs. Those that it leaves out are compiled alone. What it
// returns removes what it built.
//
// Where benchmarks decide, every candidate is compiled alone: in a program of
// several it would not run as fast.
func (s *session) shareBuilds(ctx context.Context, cands []*candidate) (remove func(), err error) {
	var builds []*sharedBuild
	remove = func() {
		for _, b := range builds {
			b.remove()
		}
	}
	var list []*candidate
	for _, c := range cands {
		if c.rejected != "" || c.again || c.skipped {
			continue
		}
		if s.past != nil {
			if _, ok := s.past.evaluated[c.hash]; ok {
				continue
			}
		}
		list = append(list, c)
	}
	if len(list) < 2 || s.bench != nil || !s.canShare() {
		return remove, nil
	}
	for len(list) > 0 {
		n := min(len(list), batch.Most)
		if err := s.shareBuild(ctx, list[:n], &builds); err != nil {
			remove()
			return nil, err
		}
		list = list[n:]
	}
	return remove, nil
}

// shareBuild makes one program of the candidates. If it does not compile, those
// that the compiler names are left out, or the candidates halved.
// What does not fit together with the base of the first is tried with another.
func (s *session) shareBuild(ctx context.Context, list []*candidate, builds *[]*sharedBuild) error {
	if len(list) < 2 {
		return nil
	}
	cur := list[0].parent
	// In one program, what a body mentions is initialised before it runs for all
	// candidates.
	var fit, others []*candidate
	for _, c := range list {
		if c.code.Order == cur.code.Order {
			fit = append(fit, c)
		} else if c.parent != cur {
			others = append(others, c)
		}
	}
	list = fit
	cands := make([]batch.Candidate, len(list))
	for i, c := range list {
		cands[i] = batch.Candidate{Files: map[string][]byte{}, Init: checkStatements(c.files, c.checks)}
		for name, src := range c.files {
			cands[i].Files[name] = src
		}
		for name := range cur.files {
			if _, ok := c.files[name]; !ok { // it is as it was originally
				src, err := s.original(name)
				if err != nil {
					return err
				}
				cands[i].Files[name] = src
			}
		}
	}
	base := func(name string) ([]byte, error) {
		if src, ok := cur.files[name]; ok {
			return src, nil
		}
		return s.original(name)
	}
	prog, out, err := batch.Merge(base, cands)
	for i, c := range list {
		if out[i] != nil && c.parent != cur {
			others = append(others, c)
		}
	}
	if e := s.shareBuild(ctx, others, builds); e != nil {
		return e
	}
	if err != nil {
		return nil // each alone
	}
	files := map[string][]byte{}
	for name, src := range cur.files {
		files[name] = src
	}
	for name, src := range prog.Files {
		files[name] = src
	}
	b := &sharedBuild{prog: prog, bins: map[*unit]sharedBinary{}}
	for _, u := range s.units {
		spec := s.spec(u, files)
		spec.NoDebug = true
		bin, err := s.builder.Compile(ctx, spec)
		if err == nil {
			err = b.add(u, bin)
		}
		if err == nil {
			continue
		}
		b.remove()
		if errors.Is(err, errAlone) {
			return nil
		}
		var failed *build.Error
		if !errors.As(err, &failed) {
			return err
		}
		if failed.Exit.Killed != "" || failed.Exit.Signal != "" {
			return nil // to find which one it is would take as long again and again
		}
		var rest []*candidate
		blamed := prog.Blame(failed.Output)
		for i, c := range list {
			if out[i] == nil && !slices.Contains(blamed, i) {
				rest = append(rest, c)
			}
		}
		if len(blamed) > 0 {
			return s.shareBuild(ctx, rest, builds)
		}
		if err := s.shareBuild(ctx, rest[:len(rest)/2], builds); err != nil {
			return err
		}
		return s.shareBuild(ctx, rest[len(rest)/2:], builds)
	}
	*builds = append(*builds, b)
	for i, c := range list {
		if out[i] == nil {
			c.share = &share{b, i}
		}
	}
	return nil
}

// watchers are what a program can see of being one of several: the functions on
// its stack, what it allocates, and when that is freed.
var watchers = []string{
	"runtime.Caller", "runtime.Callers", "runtime.CallersFrames", "runtime.FuncForPC", "runtime.Stack",
	"runtime.ReadMemStats", "runtime.SetFinalizer", "runtime.AddCleanup", "weak.Make",
	"runtime/debug.Stack", "runtime/debug.PrintStack", "runtime/debug.SetMaxStack", "runtime/debug.SetGCPercent",
	"runtime/metrics.Read", "runtime/pprof.StartCPUProfile",
	"testing.AllocsPerRun", "testing.Benchmark",
	"log.Lshortfile", "log.Llongfile", "log/slog.AddSource",
}

// canShare reports whether the program does without looking at what differs
// between a candidate in a batch and one that was compiled alone.
func (s *session) canShare() bool {
	for _, p := range s.base.prog.Packages {
		if p.TypesInfo == nil {
			continue
		}
		for _, obj := range p.TypesInfo.Uses {
			if obj.Pkg() != nil && slices.Contains(watchers, obj.Pkg().Path()+"."+obj.Name()) {
				return false
			}
		}
	}
	return true
}
