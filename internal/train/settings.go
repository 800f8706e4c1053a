package train

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/strategy"
)

// header is what the journal says about a run first.
func (s *session) header(spec llm.Spec) (journal.Header, error) {
	root := s.root
	h := journal.Header{
		Tool:      toolVersion(),
		Go:        s.builder.GoVersion(),
		Module:    s.base.prog.ModPath,
		Modules:   s.modules,
		Packages:  s.packages(),
		Args:      s.opt.Args,
		Flags:     s.opt.flags(),
		Optimizer: s.opt.Optimizer,
		Model:     spec.Provider,
		Sandbox:   s.opt.level.Name,
		Allow:     s.base.allowed(),
		Files:     map[string]journal.Hash{},
		Dir:       relName(root, s.base.prog.Config.Dir),
		Root:      relName(s.base.prog.Config.Dir, root),
	}
	if spec.Provider == llm.OpenAI {
		h.Model = spec.String()
	}
	for _, p := range s.base.params {
		h.Params = append(h.Params, p.ID)
		h.Files[relName(root, p.File)] = journal.Sum(s.originals[p.File])
	}
	sources, err := s.sourceSums()
	if err != nil {
		return h, err
	}
	if s.sources, err = json.Marshal(sources); err != nil {
		return h, err
	}
	h.Sources = journal.Sum(s.sources)
	return h, nil
}

// sourceSums are the sums of the files that are compiled, and of those that
// say how, by names relative to the module root.
func (s *session) sourceSums() (map[string]journal.Hash, error) {
	prog := s.base.prog
	names := map[string]bool{}
	for _, p := range prog.Packages {
		if strings.HasSuffix(p.PkgPath, ".test") {
			continue // made by the go command
		}
		for _, list := range [][]string{p.GoFiles, p.OtherFiles, p.EmbedFiles} {
			for _, name := range list {
				names[name] = true
			}
		}
	}
	names[prog.GoMod] = true
	names[filepath.Join(filepath.Dir(prog.GoMod), "go.sum")] = true
	for _, rel := range s.modules {
		for _, name := range []string{"go.mod", "go.sum"} {
			names[filepath.Join(s.root, filepath.FromSlash(rel), name)] = true
		}
	}
	if prog.GoWork != "" {
		names[prog.GoWork] = true
		names[prog.GoWork+".sum"] = true
	}
	sums := map[string]journal.Hash{}
	for name := range names {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // go.sum need not be there
		}
		if err != nil {
			return nil, err
		}
		sums[relName(s.root, name)] = journal.Sum(data)
	}
	return sums, nil
}

// flags are the settings that the journal keeps.
func (o *Options) flags() journal.Flags {
	f := journal.Flags{
		Search: o.Search, Auto: o.autoSearch, Parents: o.Parents, Patience: *o.Patience,
		Run: o.Run, ScoreCmd: o.ScoreCmd, Holdout: o.Holdout, Allow: o.Allow, Tags: o.Tags, Batch: o.Batch, Steps: o.Steps, Proposals: o.Proposals, Seed: o.Seed, Shuffle: o.Shuffle,
		TimeoutMS: o.Timeout.Milliseconds(), NoTimeout: o.autoTimeout, MaxCalls: o.Budget.Calls, MaxTokens: o.Budget.Tokens,
		MaxCost: o.Budget.Cost, MaxEvals: o.Budget.Evals, MaxAnswer: o.MaxTokens, Proxy: o.Proxy,
		Baseline: o.Baseline, Parallel: o.Parallel, BuildFlags: build.FlagsOf(o.Environ),
	}
	if b := newBench(o); b != nil {
		f.Bench, f.Unit, f.Better, f.Tolerance = o.Bench, b.unit, b.better, b.part
		f.Metrics = keptMetrics(b.metrics)
	}
	if f.Read = o.Read; len(f.Read) == 0 {
		f.Read = o.couldRead // without a sandbox nobody has to say it again
	}
	for _, e := range o.Env {
		name, _, _ := strings.Cut(e, "=")
		f.Env = append(f.Env, name)
	}
	return f
}

// settle takes the settings that decide about the outcome from a journal. What
// the clean environment gets is the caller's business: the journal has no
// values.
func (o *Options) settle(h journal.Header) {
	f := h.Flags
	o.Patterns, o.Args, o.Optimizer = h.Packages, h.Args, h.Optimizer
	o.Run, o.Tags, o.Steps, o.Seed, o.Shuffle = f.Run, f.Tags, f.Steps, f.Seed, f.Shuffle
	o.Batch, o.Holdout, o.ScoreCmd, o.Allow = f.Batch, f.Holdout, f.ScoreCmd, f.Allow
	o.autoSearch, o.couldRead = f.Auto, f.Read
	o.Search, o.Parents, o.Proposals = cmp.Or(f.Search, strategy.Sequential), max(f.Parents, 1), f.Proposals
	o.Patience = &f.Patience
	o.Timeout, o.autoTimeout = time.Duration(f.TimeoutMS)*time.Millisecond, f.NoTimeout
	o.Budget = Budget{Cost: f.MaxCost, Calls: f.MaxCalls, Tokens: f.MaxTokens, Evals: f.MaxEvals}
	o.MaxTokens, o.Proxy, o.Baseline = f.MaxAnswer, f.Proxy, f.Baseline
	if o.Bench = f.Bench; f.Bench == "" {
		return
	}
	o.Tolerance = &f.Tolerance
	o.Minimize, o.Maximize = f.Units()
}

// findRoot finds the directory that the names of a run are relative to: at or
// above dir, or where it was seen from the directory in which the run began.
func findRoot(dir string, h journal.Header) (string, error) {
	root, err := namesRootAt(dir, h)
	if err == nil || h.Root == "" {
		return root, err
	}
	if root, rerr := namesRootAt(filepath.Join(dir, filepath.FromSlash(h.Root)), h); rerr == nil {
		return root, nil
	}
	return "", err
}

// startDir is the directory in which the run began. In a module that stands
// elsewhere now, without what was around it, that is the root.
func startDir(root string, h journal.Header) string {
	dir := filepath.Join(root, filepath.FromSlash(h.Dir))
	if st, err := os.Stat(dir); err != nil || !st.IsDir() || filepath.Join(dir, filepath.FromSlash(h.Root)) != root {
		return root
	}
	return dir
}
