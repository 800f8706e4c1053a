package train

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/optimizer"
	"github.com/opto-go/trace/optimizer/search"
)

// BenchmarkRatioCandidate compares what candidates cost with what the go command
// takes to compile and run the tests of the same package. Both get a change that
// was never compiled. In a round all is done some times, in turns, and summed up,
// so that what else the machine does falls on all alike. Ratios of processor time,
// of the commands too, and those that end in waited of time; of all rounds, the
// median, and those that end in spread how far the middle half of them lies apart:
//
//	one/plain     check, build and run of one candidate ÷ go test -c and run
//	32builds/one  building 32 candidates ÷ building one
//	reject/build  a candidate that does not type-check ÷ go test -c
//	own/build     what is left of a step of 32 candidates, the rewriting for the
//	              recording of their parent among it, when checks, commands, the
//	              running of tests and the optimizer are taken away ÷ go test -c
//	apart/one     a check in the process for what models write, of both processes,
//	              and apart-own/one of this one ÷ that candidate
//	apart-no/one  one there that does not type-check, of both processes ÷ the same
//	load/one      the start of that process, with what it starts ÷ the same
//	search/build  32 proposals of the embedded optimizer, their checks apart ÷ go test -c
func BenchmarkRatioCandidate(b *testing.B) {
	for _, pkg := range []string{"quickstart", "encoding/csv", "encoding/xml"} {
		b.Run(path.Base(pkg), func(b *testing.B) {
			dir, plain := b.TempDir(), b.TempDir()
			for _, d := range []string{dir, plain} {
				if pkg != "quickstart" {
					copyStandard(b, pkg, d)
				} else if err := os.CopyFS(d, os.DirFS("../../examples/quickstart")); err != nil {
					b.Fatal(err)
				}
			}
			r := &ratios{b: b, s: openSession(b, dir, Options{}), plain: plain, got: map[string][]float64{}}
			r.find()
			r.round() // fills the caches
			clear(r.got)
			for b.Loop() {
				r.round()
			}
			b.ReportMetric(0, "ns/op")
			for name, list := range r.got {
				b.ReportMetric(median(list), name)
				if slices.Sort(list); len(list) >= 4 && !strings.HasSuffix(name, "-waited") {
					b.ReportMetric(list[len(list)*3/4]-list[len(list)/4], name+"-spread")
				}
			}
		})
	}
}

type ratios struct {
	b     *testing.B
	s     *session
	plain string // a copy for the go command alone
	param *source.Param
	n     int // changes so far
	turns int
	costs
	got map[string][]float64 // by name of the ratio
}

// A cost is processor time, of the commands too, and the time that is waited.
type cost struct{ cpu, wall time.Duration }

// costs are those of one round.
type costs struct {
	one, build, batch, reject, plainBuild, plainRun, own, search cost
	load, apart, apartOwn, apartNo                               cost
}

func (r *ratios) note(name string, c cost, over ...cost) {
	var sum cost
	for _, o := range over {
		sum.cpu, sum.wall = sum.cpu+o.cpu, sum.wall+o.wall
	}
	r.got[name] = append(r.got[name], float64(c.cpu)/float64(sum.cpu))
	if c.wall > 0 {
		r.got[name+"-waited"] = append(r.got[name+"-waited"], float64(c.wall)/float64(sum.wall))
	}
}

// find takes the longest of the functions that can share a program.
func (r *ratios) find() {
	for _, p := range r.s.base.params {
		if p.Kind == optimizer.FuncBody && !strings.Contains(p.Source, "recover()") && !strings.Contains(p.Source, "runtime.") && (r.param == nil || len(p.Source) > len(r.param.Source)) {
			r.param = p
		}
	}
}

// change is a proposal that does what the original does and compiles to
// something else.
func (r *ratios) change() optimizer.Proposal {
	r.n++
	// What the compiler could work out would come to the same binary, which the go
	// command does not link again.
	return r.with(fmt.Sprintf("for _, c := range %q { if c == 0 { panic(c) } }\n", fmt.Sprint(os.Getpid(), time.Now().UnixNano(), r.n)))
}

func (r *ratios) with(stmt string) optimizer.Proposal {
	at := r.param.End - r.param.Start // of the body from the end
	src := r.param.Source
	at = len(src) - at + 1
	return optimizer.Proposal{Assign: map[string]string{r.param.ID: src[:at] + "\n" + stmt + src[at:]}}
}

func (r *ratios) candidates(n int) []*candidate {
	var props []optimizer.Proposal
	for range n {
		props = append(props, r.change())
	}
	list := prepared(r.b, r.s, r.s.base, props)
	if len(list) != n {
		r.b.Fatalf("%d of %d are candidates", len(list), n)
	}
	return list
}

// spent adds what f takes.
func (r *ratios) spent(total *cost, f func()) {
	start, cpu := time.Now(), cpuTime(r.b, false)+cpuTime(r.b, true)
	f()
	total.cpu += cpuTime(r.b, false) + cpuTime(r.b, true) - cpu
	total.wall += time.Since(start)
}

// turns is how often all is done in a round.
const turns = 3

func (r *ratios) round() {
	r.costs = costs{}
	for range turns {
		if r.turns++; r.turns%2 == 0 {
			r.alone()
			r.goCommand()
		} else {
			r.goCommand()
			r.alone()
		}
		r.together()
		r.checks()
	}
	r.note("one/plain", r.one, r.plainBuild, r.plainRun)
	r.note("32builds/one", r.batch, r.build)
	r.note("reject/build", r.reject, r.plainBuild)
	r.note("own/build", r.own, r.plainBuild)
	r.note("search/build", r.search, r.plainBuild)
	for name, c := range map[string]cost{"apart/one": r.apart, "apart-own/one": r.apartOwn, "apart-no/one": r.apartNo} {
		c.cpu /= each
		r.note(name, c, r.one)
	}
	r.note("load/one", r.load, r.one)
}

func (r *ratios) alone() {
	r.spent(&r.one, func() {
		if _, err := r.s.evaluate(r.b.Context(), r.candidates(1)[0].files, nil, running{}); err != nil {
			r.b.Fatal(err)
		}
	})
}

func (r *ratios) goCommand() {
	b, s := r.b, r.s
	for name, src := range r.candidates(1)[0].files {
		rel, err := filepath.Rel(s.base.prog.ModRoot, name)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.plain, rel), src, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	r.spent(&r.plainBuild, func() { r.run(true, "go", "test", "-c", "-ldflags=-s -w", "-o", "x.test", ".") })
	r.spent(&r.plainRun, func() { r.run(false, filepath.Join(r.plain, "x.test"), "-test.v") })
}

func (r *ratios) together() {
	b, s := r.b, r.s
	one := r.candidates(1)[0]
	r.spent(&r.build, func() {
		bin, err := s.compile(b.Context(), s.units[0], one.files)
		if err != nil {
			b.Fatal(err)
		}
		bin.Remove()
	})
	r.step()
	r.spent(&r.reject, func() {
		if _, err := s.base.check.Code(b.Context(), r.with("undefinedName()\n")); err == nil {
			b.Fatal("it is a candidate")
		}
	})
}

// each is how often a check is done, as it is short.
const each = 16

// checks has proposals checked in a process of its own, a new one.
func (r *ratios) checks() {
	b, s := r.b, r.s
	s.newGuard()
	g := s.guard
	s.guard = nil // the others are checked here
	defer g.close()
	first := r.change()
	if _, err := g.check(b.Context(), s.base, first); err != nil {
		b.Fatal(err)
	}
	pid := checkerOf(b, s.work.Path)
	r.load.cpu += timeOf(b, pid)
	for _, kind := range []struct {
		sum, own *cost
		bad      bool
	}{{&r.apart, &r.apartOwn, false}, {&r.apartNo, nil, true}} {
		there, here := timeOf(b, pid), cpuTime(b, false)
		for range each {
			p := r.change()
			if kind.bad {
				p = r.with("undefinedName()\n")
			}
			if _, err := g.check(b.Context(), s.base, p); (err != nil) != kind.bad {
				b.Fatal(err)
			}
		}
		here = cpuTime(b, false) - here
		kind.sum.cpu += here + timeOf(b, pid) - there
		if kind.own != nil {
			kind.own.cpu += here
		}
	}
}

// step does what a step does, but for the running of tests.
func (r *ratios) step() {
	b, s := r.b, r.s
	s.base.recs = nil // as if it had just been accepted
	start := cpuTime(b, false)
	var checks time.Duration
	p, err := s.problem(b.Context(), s.base, 1)
	if err != nil {
		b.Fatal(err)
	}
	check := p.Check
	p.Check = func(ctx context.Context, prop optimizer.Proposal) error {
		start := cpuTime(b, false)
		defer func() { checks += cpuTime(b, false) - start }()
		return check(ctx, prop)
	}
	own := cpuTime(b, false) - start
	start = cpuTime(b, false)
	if _, err := search.New().Propose(b.Context(), p, 32); err != nil {
		b.Fatal(err)
	}
	r.search.cpu += cpuTime(b, false) - start - checks

	many := r.candidates(32)
	start = cpuTime(b, false)
	if err := s.keepTexts(many); err != nil {
		b.Fatal(err)
	}
	r.spent(&r.batch, func() {
		remove, err := s.shareBuilds(b.Context(), many)
		if err != nil {
			b.Fatal(err)
		}
		remove()
	})
	for i, c := range many {
		if c.share == nil {
			b.Fatal("a candidate was left out")
		}
		c.eval = s.base.eval
		if err := s.keepResults(c.eval); err != nil {
			b.Fatal(err)
		}
		if err := s.logCandidate(1, i, c); err != nil {
			b.Fatal(err)
		}
		c.diff = s.diffSize(c.files)
		s.attempt(1, c.proposal, c.eval, "")
	}
	pool := newPool(strategy.New(strategy.Sequential), 1, 0, s.base, optimizer.Attempt{})
	var found []*state
	for _, c := range many {
		found = append(found, pool.child(1, c))
	}
	pool.add(found)
	r.own.cpu += own + cpuTime(b, false) - start
}

func (r *ratios) run(must bool, name string, args ...string) {
	cmd := exec.CommandContext(r.b.Context(), name, args...)
	cmd.Dir = r.plain
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "PWD="+r.plain)
	if out, err := cmd.CombinedOutput(); err != nil && must {
		r.b.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}
