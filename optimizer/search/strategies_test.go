package search

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opto-go/trace/internal/train/strategy"
	"github.com/opto-go/trace/optimizer"
)

var compareStrategies = flag.Bool("strategies", false, "compare the strategies of -search at equal numbers of evaluations")

// strategySeeds is how often each strategy gets each objective.
const strategySeeds = 12

// TestStrategies compares how far the strategies of tracetrain come with this
// optimizer when all may evaluate as many candidates. BENCHMARKS.md has what it
// prints:
//
//	go test ./optimizer/search -run TestStrategies -strategies -v -timeout 1h
func TestStrategies(t *testing.T) {
	if !*compareStrategies {
		t.Skip("takes minutes: -strategies")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	for _, o := range []objective{
		numbersObjective(), bugsObjective(t, "largest starts at zero", "two independent bugs", "case not folded"),
		quickstartObjective(t),
	} {
		t.Run(o.name, func(t *testing.T) {
			var runs []*searching
			for _, name := range strategy.Names {
				for seed := range int64(strategySeeds) {
					runs = append(runs, newSearching(t, &o, name, seed))
				}
			}
			for {
				var all []map[string]string
				for _, r := range runs {
					all = append(all, r.ask(t)...)
				}
				if len(all) == 0 {
					break
				}
				results := o.results(t, all)
				for _, r := range runs {
					r.learn(results)
				}
			}
			report := func(name string, runs []*searching) {
				green, evals, failed, score := 0, []int{}, 0.0, 0.0
				for _, r := range runs {
					b := strategy.Best(r.kept)
					failed += float64(b.Failed) / float64(len(runs))
					score += b.Score / float64(len(runs))
					evals = append(evals, r.bestAt)
					if b.Failed == 0 {
						green++
					}
				}
				slices.Sort(evals)
				t.Logf("%-11s green %2d of %d, failing %.2f, mean score %.4f, best after %d candidates (median)",
					name, green, len(runs), failed, score, evals[len(evals)/2])
			}
			for i, name := range strategy.Names {
				report(name, runs[i*strategySeeds:(i+1)*strategySeeds])
			}
		})
	}
}

// An objective is a program with its cases.
type objective struct {
	name   string
	budget int // candidates
	params []optimizer.Param
	reload func(full map[string]string) []optimizer.Param // the parameters with these texts
	eval   func(t testing.TB, full []map[string]string) [][]optimizer.Case
	scored bool
	cache  map[string][]optimizer.Case
}

func key(full map[string]string) string {
	s := ""
	for _, id := range sortedIDs(full) {
		s += id + "\x00" + full[id] + "\x00"
	}
	return s
}

// results evaluates what was not yet.
func (o *objective) results(t testing.TB, all []map[string]string) map[string][]optimizer.Case {
	if o.cache == nil {
		o.cache = map[string][]optimizer.Case{}
	}
	var fresh []map[string]string
	for _, full := range all {
		if _, ok := o.cache[key(full)]; !ok {
			o.cache[key(full)] = nil
			fresh = append(fresh, full)
		}
	}
	for i, cases := range o.eval(t, fresh) {
		o.cache[key(fresh[i])] = cases
	}
	return o.cache
}

// searching is a run of one strategy.
type searching struct {
	o        *objective
	strategy strategy.Strategy
	parents  int
	seed     int64

	step   int
	left   int
	kept   []*strategy.State
	count  int
	bestAt int
	cands  []*proposed
	seen   map[string]bool
	done   map[[2]int]bool
	spent  map[*strategy.State]bool
	tries  map[*strategy.State][]*proposed // by parent
	cases  map[*strategy.State][]optimizer.Case
	over   bool
}

type proposed struct {
	optimizer.Proposal
	parent, other *strategy.State
	full          map[string]string
	step          int
	cases         []optimizer.Case
	state         *strategy.State
}

func newSearching(t testing.TB, o *objective, name string, seed int64) *searching {
	r := &searching{
		o: o, strategy: strategy.New(name), parents: 1, seed: seed, left: o.budget,
		seen: map[string]bool{}, done: map[[2]int]bool{}, spent: map[*strategy.State]bool{},
		tries: map[*strategy.State][]*proposed{}, cases: map[*strategy.State][]optimizer.Case{},
	}
	if name != strategy.BestOfN && name != strategy.Sequential {
		r.parents = 2
	}
	base := map[string]string{}
	for _, p := range o.params {
		base[p.ID] = p.Source
	}
	r.kept = []*strategy.State{r.state(base, o.results(t, []map[string]string{base})[key(base)])}
	return r
}

func (r *searching) state(full map[string]string, cases []optimizer.Case) *strategy.State {
	s := &strategy.State{ID: r.count, Step: r.step, Texts: full, Failed: failedOf(cases), Score: mean(cases)}
	r.count++
	for _, c := range cases {
		s.Cases = append(s.Cases, strategy.Result{Failed: failing(c), Score: c.Score})
	}
	for _, id := range sortedIDs(full) {
		s.Size += len(full[id])
	}
	r.seen[key(full)], r.cases[s] = true, cases
	return s
}

// ask returns the full assignments that are to be evaluated next.
func (r *searching) ask(t testing.TB) []map[string]string {
	t.Helper()
	r.cands = nil
	best := strategy.Best(r.kept)
	if r.over || r.left <= 0 || best.Failed == 0 && !r.o.scored {
		r.over = true
		return nil
	}
	if m, ok := r.strategy.(strategy.Merger); ok && r.step > 0 {
		pair := func(a, b *strategy.State) [2]int { return [2]int{min(a.ID, b.ID), max(a.ID, b.ID)} }
		for _, m := range m.Merges(r.kept, r.parents, func(a, b *strategy.State) bool { return r.done[pair(a, b)] }) {
			r.done[pair(m.Into, m.From)] = true
			r.add(optimizer.Proposal{Assign: m.Texts, Reasoning: "merged"}, m.Into, m.From)
		}
	}
	r.step++
	for len(r.cands) == 0 {
		open := slices.DeleteFunc(slices.Clone(r.kept), func(s *strategy.State) bool { return r.spent[s] })
		if len(open) == 0 {
			r.over = true
			return nil
		}
		n := 32
		if r.strategy.Name() == strategy.BestOfN {
			n = r.left
			if r.step > 1 {
				r.over = true
				return nil
			}
		}
		rnd := rand.New(rand.NewPCG(uint64(r.seed), uint64(r.step)))
		parents := r.strategy.Parents(open, r.parents, rnd)
		for _, s := range parents {
			p := &optimizer.Problem{Params: r.o.reload(s.Texts), Cases: r.cases[s], History: r.history(s), Step: r.step, Seed: r.seed}
			props, err := New().Propose(context.Background(), p, n/len(parents))
			if err != nil {
				t.Fatal(err)
			}
			if len(props) == 0 {
				r.spent[s] = true
			}
			for _, q := range props {
				r.add(q, s, nil)
			}
		}
	}
	r.cands = r.cands[:min(len(r.cands), r.left)]
	var all []map[string]string
	for _, c := range r.cands {
		all = append(all, c.full)
	}
	return all
}

func (r *searching) add(q optimizer.Proposal, parent, other *strategy.State) {
	full := maps.Clone(parent.Texts)
	maps.Copy(full, q.Assign)
	c := &proposed{Proposal: q, parent: parent, other: other, full: full, step: r.step}
	if r.seen[key(full)] {
		return
	}
	r.seen[key(full)] = true
	r.cands = append(r.cands, c)
}

// learn notes what became of the candidates.
func (r *searching) learn(results map[string][]optimizer.Case) {
	if len(r.cands) == 0 {
		return
	}
	best := strategy.Best(r.kept)
	pool := slices.Clone(r.kept)
	tries := map[*strategy.State]*strategy.Try{}
	for _, c := range r.cands {
		r.left--
		c.cases = results[key(c.full)]
		c.state = r.state(c.full, c.cases)
		c.state.Parent, c.state.Other = c.parent, c.other
		r.tries[c.parent] = append(r.tries[c.parent], c)
		pool = append(pool, c.state)
		if t := tries[c.parent]; c.other == nil && (t == nil || c.state.Failed < t.Failed || c.state.Failed == t.Failed && c.state.Score > t.Score) {
			tries[c.parent] = &strategy.Try{Ran: true, Failed: c.state.Failed, Score: c.state.Score}
		}
		if strategy.Compare(c.state, best) < 0 {
			best, r.bestAt = c.state, r.o.budget-r.left
		}
		if c.state.Failed == 0 && !r.o.scored {
			break
		}
	}
	for s, t := range tries {
		s.Tries = append(s.Tries, *t)
	}
	r.kept = r.strategy.Keep(pool, r.parents)
}

// history is that of the line that led to s.
func (r *searching) history(s *strategy.State) []optimizer.Attempt {
	var line []*strategy.State
	for at := s; at != nil; at = at.Parent {
		line = append(line, at)
	}
	slices.Reverse(line)
	scores := func(cases []optimizer.Case) map[string]float64 {
		m := map[string]float64{}
		for _, c := range cases {
			m[c.Name] = c.Score
		}
		return m
	}
	list := []optimizer.Attempt{{Accepted: true, Failed: line[0].Failed, Total: len(line[0].Cases), Score: line[0].Score, Cases: scores(r.cases[line[0]])}}
	for i, at := range line {
		for _, c := range r.tries[at] {
			if i+1 < len(line) && c.step > line[i+1].Step {
				break
			}
			if c.state == nil {
				continue
			}
			a := optimizer.Attempt{
				Step: c.step, Proposal: c.Proposal, Failed: c.state.Failed, Total: len(c.cases), Score: c.state.Score, Cases: scores(c.cases),
				Accepted: i+1 < len(line) && c.state == line[i+1],
			}
			for _, k := range c.cases {
				if failing(k) && a.Feedback == "" && len(k.Feedback) > 0 {
					a.Feedback = k.Feedback[0]
				}
			}
			list = append(list, a)
		}
	}
	return list
}

// numbersObjective has three numbers and scores with a false summit.
func numbersObjective() objective {
	bump := func(x, at, width float64) float64 { return math.Exp(-(x - at) * (x - at) / (2 * width * width)) }
	o := objective{name: "numbers", budget: 192, scored: true}
	for i, start := range []string{"5", "5", "20"} {
		name := string(rune('a' + i))
		o.params = append(o.params, optimizer.Param{ID: "p." + name, Name: name, Type: "int", Source: start, Min: "0", Max: "200"})
	}
	o.reload = func(full map[string]string) []optimizer.Param {
		list := slices.Clone(o.params)
		for i := range list {
			list[i].Source = full[list[i].ID]
		}
		return list
	}
	o.eval = func(t testing.TB, all []map[string]string) (out [][]optimizer.Case) {
		for _, full := range all {
			get := func(id string) float64 {
				v, err := strconv.ParseFloat(full[id], 64)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			a, b, c := get("p.a"), get("p.b"), get("p.c")
			first := 0.6*bump(a, 9, 3) + bump(a, 61, 12)
			var cases []optimizer.Case
			for i, v := range []float64{first, bump(b-a, 7, 6), bump(c, 110, 40) * (0.5 + first/2), bump(a+b+c, 220, 50)} {
				cases = append(cases, optimizer.Case{Name: fmt.Sprint("case", i), Result: "pass", Score: v})
			}
			out = append(out, cases)
		}
		return out
	}
	return o
}

// bugsObjective is a program of several functions of the table of seeded bugs,
// whose cases each depend on one.
func bugsObjective(t testing.TB, names ...string) objective {
	o := objective{name: strings.Join(names, " + "), budget: 320}
	var bugs []*seeded
	for i := range seededBugs {
		if slices.Contains(names, seededBugs[i].name) {
			bugs = append(bugs, &seededBugs[i])
		}
	}
	if len(bugs) != len(names) {
		t.Fatalf("found %d of %q", len(bugs), names)
	}
	id := func(i int) string { return fmt.Sprintf("example.com/p%d.f", i) }
	o.reload = func(full map[string]string) (list []optimizer.Param) {
		for i, b := range bugs {
			now := *b
			if text, ok := full[id(i)]; ok {
				now.fn = text
			}
			p := now.param(t)
			p.ID = id(i)
			list = append(list, p)
		}
		return list
	}
	o.params = o.reload(nil)
	known := make([]map[string][]optimizer.Case, len(bugs))
	o.eval = func(t testing.TB, all []map[string]string) (out [][]optimizer.Case) {
		var jobs []job
		var of []int
		for i, b := range bugs {
			if known[i] == nil {
				known[i] = map[string][]optimizer.Case{}
			}
			j := job{bug: b}
			for _, full := range all {
				if _, ok := known[i][full[id(i)]]; !ok {
					known[i][full[id(i)]] = nil
					j.texts = append(j.texts, full[id(i)])
				}
			}
			if len(j.texts) > 0 {
				jobs, of = append(jobs, j), append(of, i)
			}
		}
		if len(jobs) > 0 {
			for k, results := range evaluate(t, jobs) {
				for n, cases := range results {
					for c := range cases {
						cases[c].Name = fmt.Sprintf("f%d/%s", of[k], cases[c].Name)
					}
					known[of[k]][jobs[k].texts[n]] = cases
				}
			}
		}
		for _, full := range all {
			var cases []optimizer.Case
			for i := range bugs {
				cases = append(cases, known[i][full[id(i)]]...)
			}
			out = append(out, cases)
		}
		return out
	}
	return o
}

// quickstartObjective is examples/quickstart with its own tests.
func quickstartObjective(t testing.TB) objective {
	dir, err := filepath.Abs(quickstart)
	if err != nil {
		t.Fatal(err)
	}
	o := objective{name: "quickstart", budget: 64}
	params, files := loadDir(t, "example.com/quickstart", dir)
	o.params = params
	o.reload = func(full map[string]string) []optimizer.Param {
		return load(t, "example.com/quickstart", withAll(params, files, full))
	}
	o.eval = func(t testing.TB, all []map[string]string) [][]optimizer.Case {
		return overlayEvaluator(dir, params, files)(t, all)
	}
	return o
}
