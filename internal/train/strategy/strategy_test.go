package strategy

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// newState makes a state of a string such as "+-5": passed, failed, and scored
// 0.5 for each case.
func newState(id int, cases string) *State {
	s := &State{ID: id, Step: id, Texts: map[string]string{}}
	for _, c := range cases {
		r := Result{Failed: c == '-'}
		switch {
		case c == '+':
			r.Score = 1
		case c != '-':
			r.Score = float64(c-'0') / 10
		}
		if r.Failed {
			s.Failed++
		}
		s.Score += r.Score / float64(len(cases))
		s.Cases = append(s.Cases, r)
	}
	return s
}

func pool(cases ...string) []*State {
	var list []*State
	for i, c := range cases {
		list = append(list, newState(i, c))
	}
	return list
}

func ids(list []*State) []int {
	out := []int{}
	for _, s := range list {
		out = append(out, s.ID)
	}
	return out
}

func TestNew(t *testing.T) {
	for _, name := range Names {
		if s := New(name); s == nil || s.Name() != name {
			t.Errorf("New(%q) = %v", name, s)
		}
	}
	if New("auto") != nil || New("") != nil {
		t.Error("there is a strategy without a name")
	}
}

func TestKeep(t *testing.T) {
	for _, tt := range []struct {
		name     string
		strategy string
		pool     []*State
		n        int
		want     []int
	}{
		{"the best", Sequential, pool("---", "+--", "++-", "-++"), 1, []int{2}},
		{"as good is not better", Sequential, pool("+--", "-+-"), 1, []int{0}},
		{"the original only is there", BestOfN, pool("---"), 1, []int{0}},
		{"the best two", Beam, pool("---", "+--", "++-", "-++"), 2, []int{2, 3}},
		{"fewer than the beam is wide", Beam, pool("---", "+--"), 4, []int{1, 0}},
		{"a failing case is worse than any score", Beam, pool("-99", "000"), 1, []int{1}},
		{"other cases", Pareto, pool("---", "+--", "-+-", "---"), 1, []int{1, 2}},
		{"dominated by one that does both", Pareto, pool("+--", "-+-", "++-"), 1, []int{2}},
		{"equal results: the first", Pareto, pool("+-", "+-"), 1, []int{0}},
		{"the best on average wins no case and stays", Pareto, pool("90", "09", "66"), 1, []int{0, 1, 2}},
		{"what wins nothing goes, though nothing dominates it", Pareto, pool("90", "09", "66", "45"), 1, []int{0, 1, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ids(New(tt.strategy).Keep(tt.pool, tt.n))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Of one step, what changes less comes first.
func TestCompare(t *testing.T) {
	a, b := newState(1, "+-"), newState(2, "-+")
	a.Step, b.Step, a.Size, b.Size = 3, 3, 200, 100
	if Best([]*State{a, b}) != b {
		t.Error("the larger diff won")
	}
	b.Step = 4
	if Best([]*State{a, b}) != a {
		t.Error("the later one won")
	}
	b.Score += 1e-15
	if Best([]*State{a, b}) != a {
		t.Error("rounding won")
	}
}

// Pareto draws parents by the number of cases that they win.
func TestParetoParents(t *testing.T) {
	p := pool("+++-", "---+")
	rnd := rand.New(rand.NewPCG(1, 2))
	drawn := map[int]int{}
	const times = 4000
	for range times {
		drawn[New(Pareto).Parents(p, 1, rnd)[0].ID]++
	}
	if got := float64(drawn[0]) / times; got < 0.72 || got > 0.78 {
		t.Errorf("the one that wins 3 of 4 cases was drawn in %.2f of the times", got)
	}
	if got := New(Pareto).Parents(p, 5, rnd); len(got) != 2 {
		t.Errorf("%d parents of 2 states", len(got))
	}
}

// family makes two children of one original that changed the named parameters.
func family(a, b map[string]string) (of, x, y *State) {
	of, x, y = newState(0, "--"), newState(1, "+-"), newState(2, "-+")
	of.Texts = map[string]string{"f": "f0", "g": "g0", "h": "h0"}
	for s, changed := range map[*State]map[string]string{x: a, y: b} {
		s.Parent = of
		for id, text := range of.Texts {
			s.Texts[id] = text
		}
		for id, text := range changed {
			s.Texts[id] = text
		}
	}
	return of, x, y
}

func TestMerges(t *testing.T) {
	never := func(a, b *State) bool { return false }
	for _, tt := range []struct {
		name string
		a, b map[string]string
		want map[string]string // nil: no merge
	}{
		{"each changed another", map[string]string{"f": "f1"}, map[string]string{"g": "g2"}, map[string]string{"g": "g2"}},
		{"both changed one", map[string]string{"f": "f1"}, map[string]string{"f": "f2"}, nil},
		{"both changed one, and each another", map[string]string{"f": "f1", "g": "g1"}, map[string]string{"f": "f2", "h": "h2"}, map[string]string{"h": "h2"}},
		{"both changed one alike", map[string]string{"f": "f1", "g": "g1"}, map[string]string{"f": "f1", "h": "h2"}, map[string]string{"h": "h2"}},
		{"one has all of the other", map[string]string{"f": "f1", "g": "g1"}, map[string]string{"g": "g1"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, x, y := family(tt.a, tt.b)
			list := New(Pareto).(Merger).Merges([]*State{y, x}, 1, never)
			if tt.want == nil {
				if len(list) != 0 {
					t.Errorf("merged: %+v", list[0])
				}
				return
			}
			if len(list) != 1 || list[0].Into != x || list[0].From != y {
				t.Fatalf("merges %+v", list)
			}
			if diff := cmp.Diff(tt.want, list[0].Texts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	of, x, y := family(map[string]string{"f": "f1"}, map[string]string{"g": "g2"})
	if got := New(Pareto).(Merger).Merges([]*State{x, y}, 1, func(a, b *State) bool { return true }); len(got) != 0 {
		t.Error("merged again")
	}
	if _, ok := merge(of, x); ok {
		t.Error("merged with its own parent")
	}
	child := newState(3, "++")
	child.Parent, child.Other, child.Texts = x, y, map[string]string{"f": "f1", "g": "g2", "h": "h0"}
	if _, ok := merge(child, y); ok {
		t.Error("merged with what it was merged from")
	}
	z := newState(4, "-+")
	z.Parent, z.Texts = y, map[string]string{"f": "f0", "g": "g2", "h": "h4"}
	if m, ok := merge(child, z); !ok || !cmp.Equal(m.Texts, map[string]string{"h": "h4"}) {
		t.Errorf("the common ancestor is the second parent: %+v, %v", m, ok)
	}
	if _, ok := New(Beam).(Merger); ok {
		t.Error("beam merges")
	}
}

func TestUCB(t *testing.T) {
	p := pool("+--", "++-", "---")
	u := New(UCB)
	if got := ids(u.Parents(p, 2, nil)); !cmp.Equal(got, []int{1, 0}) {
		t.Errorf("untried: %v, want the best first", got)
	}
	// What was tried often without success gives way to what was not.
	for range 6 {
		p[1].Tries = append(p[1].Tries, Try{})
	}
	if got := ids(u.Parents(p, 1, nil)); !cmp.Equal(got, []int{0}) {
		t.Errorf("after six failures: %v", got)
	}
	// One whose tries pay keeps its bound.
	q := pool("++--------", "+---------")
	q[0].Tries = []Try{{Ran: true, Failed: 0, Score: 1}}
	q[1].Tries = []Try{{}}
	if got := ids(u.Parents(q, 1, nil)); !cmp.Equal(got, []int{0}) {
		t.Errorf("what pays: %v", got)
	}
	var many []*State
	for i := range 40 {
		many = append(many, newState(i, "-"))
	}
	many[37] = newState(37, "+")
	for range 50 {
		many[37].Tries = append(many[37].Tries, Try{})
	}
	kept := u.Keep(many, 2)
	if len(kept) != maxArms || !slices.Contains(kept, many[37]) {
		t.Errorf("kept %v, want %d with the best", ids(kept), maxArms)
	}
}

// UCB1 takes rewards from 0 to 1, and a case that passes is worth more than any
// score.
func TestWorth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *State {
			s := newState(0, rapid.StringMatching(`[-+]{4}`).Draw(t, name))
			s.Score = rapid.Float64Range(-1e6, 1e6).Draw(t, name+" score")
			return s
		}
		p := []*State{draw("a"), draw("b"), draw("c")}
		w := newWorth(p)
		for _, s := range p {
			if v := w.of(s.Failed, s.Score); !(v >= 0 && v <= 1) {
				t.Fatalf("worth %v of %+v", v, s)
			}
		}
		if a, b := w.of(p[0].Failed, p[0].Score), w.of(p[1].Failed, p[1].Score); p[0].Failed < p[1].Failed && a < b {
			t.Fatalf("%d failing is worth %v, %d failing %v", p[0].Failed, a, p[1].Failed, b)
		}
	})
}

func TestGained(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after []*State
		want          bool
	}{
		{"nothing", pool("+-"), pool("+-"), false},
		{"better", pool("+-"), pool("++"), true},
		{"another case", pool("+--"), pool("+--", "--+"), true},
		{"one more that wins nothing new", pool("++-"), pool("++-", "+--"), false},
		{"a higher score", pool("5"), pool("6"), true},
	} {
		if got := Gained(tt.before, tt.after); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// Whatever the pool, a strategy keeps the best state, keeps and draws nothing
// twice and nothing else, and chooses alike from like random numbers.
func TestStrategies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p []*State
		for i := range rapid.IntRange(1, 40).Draw(t, "states") {
			s := newState(i, rapid.StringMatching(`[-+059]{3}`).Draw(t, "cases"))
			if i > 0 {
				s.Parent = p[rapid.IntRange(0, i-1).Draw(t, "parent")]
			}
			for range rapid.IntRange(0, 3).Draw(t, "tries") {
				s.Tries = append(s.Tries, Try{Ran: true, Failed: 1, Score: 0.5})
			}
			p = append(p, s)
		}
		n := rapid.IntRange(1, 5).Draw(t, "n")
		for _, name := range Names {
			s := New(name)
			before := slices.Clone(p)
			kept := s.Keep(p, n)
			draw := func() []*State { return s.Parents(kept, n, rand.New(rand.NewPCG(3, 4))) }
			parents := draw()
			switch {
			case !slices.Equal(p, before):
				t.Fatalf("%s changed the pool", name)
			case !slices.Contains(kept, Best(p)):
				t.Fatalf("%s keeps %v without the best, %d", name, ids(kept), Best(p).ID)
			case !within(kept, p) || !within(parents, kept) || len(parents) == 0 || len(parents) > n:
				t.Fatalf("%s keeps %v and draws %v", name, ids(kept), ids(parents))
			case !slices.Equal(parents, draw()):
				t.Fatalf("%s draws differently", name)
			case !slices.Equal(ids(s.Keep(kept, n)), ids(kept)) && name != UCB: // whose bounds depend on the pool
				t.Fatalf("%s keeps less of what it keeps", name)
			}
		}
	})
}

func within(part, whole []*State) bool {
	seen := map[*State]bool{}
	for _, s := range part {
		if seen[s] || !slices.Contains(whole, s) {
			return false
		}
		seen[s] = true
	}
	return true
}

// climb searches strings of the alphabet of edits: a proposal changes one place
// of a parameter at random.
func climb(name string, seed uint64, steps, parents, proposals int, start map[string]string, judge func(map[string]string) string) *State {
	s := New(name)
	base := newState(0, judge(start))
	base.Texts = start
	kept, count := []*State{base}, 1
	done := map[[2]int]bool{}
	rnd := rand.New(rand.NewPCG(seed, 7))
	params := slices.Sorted(func(yield func(string) bool) {
		for id := range start {
			if !yield(id) {
				return
			}
		}
	})
	for step := 1; step <= steps && Best(kept).Failed > 0; step++ {
		add := func(parent, other *State, texts map[string]string) *State {
			c := newState(count, judge(texts))
			c.Step, c.Parent, c.Other, c.Texts = step, parent, other, texts
			count++
			return c
		}
		all := slices.Clone(kept)
		for _, p := range s.Parents(kept, parents, rnd) {
			try := Try{}
			for range proposals {
				texts := map[string]string{}
				for id, v := range p.Texts {
					texts[id] = v
				}
				id := params[rnd.IntN(len(params))]
				b := []byte(texts[id])
				b[rnd.IntN(len(b))] = byte('a' + rnd.IntN(3))
				texts[id] = string(b)
				c := add(p, nil, texts)
				all = append(all, c)
				if !try.Ran || c.Failed < try.Failed {
					try = Try{true, c.Failed, c.Score}
				}
			}
			p.Tries = append(p.Tries, try)
		}
		kept = s.Keep(all, parents)
		if m, ok := s.(Merger); ok {
			for _, m := range m.Merges(kept, parents, func(a, b *State) bool { return done[[2]int{a.ID, b.ID}] }) {
				done[[2]int{m.Into.ID, m.From.ID}] = true
				texts := map[string]string{}
				for id, v := range m.Into.Texts {
					texts[id] = v
				}
				for id, v := range m.Texts {
					texts[id] = v
				}
				kept = s.Keep(append(kept, add(m.Into, m.From, texts)), parents)
			}
		}
	}
	return Best(kept)
}

// On a landscape with a case for every letter all strategies get there; where
// one parameter helps one case and harms another, only those that keep both
// ways open do.
func TestLandscapes(t *testing.T) {
	letters := func(texts map[string]string) string {
		out := ""
		for _, id := range []string{"f", "g"} {
			for _, c := range texts[id] {
				if c == 'b' {
					out += "+"
				} else {
					out += "-"
				}
			}
		}
		return out
	}
	// The first two cases want f and g; each change alone breaks a third or
	// fourth case, which only both together mend: a valley for a hill climb.
	valley := func(texts map[string]string) string {
		f, g := texts["f"] == "b", texts["g"] == "b"
		mark := func(ok bool) string {
			if ok {
				return "+"
			}
			return "-"
		}
		return mark(f) + mark(g) + mark(f == g) + mark(f == g)
	}
	for _, name := range Names[1:] {
		parents, proposals := 2, 4
		if name == Sequential {
			parents, proposals = 1, 8
		}
		solved := 0
		for seed := range uint64(20) {
			if climb(name, seed, 60, parents, proposals, map[string]string{"f": "aaaa", "g": "cccc"}, letters).Failed == 0 {
				solved++
			}
		}
		if solved < 20 {
			t.Errorf("%s: %d of 20 separable problems solved", name, solved)
		}
		crossed := 0
		for seed := range uint64(20) {
			if climb(name, seed, 10, parents, proposals, map[string]string{"f": "a", "g": "a"}, valley).Failed == 0 {
				crossed++
			}
		}
		switch {
		case name == Sequential && crossed > 0:
			t.Errorf("%s crossed the valley", name)
		case name == Pareto && crossed < 20:
			t.Errorf("%s crossed the valley %d of 20 times", name, crossed)
		}
		t.Logf("%s: crossed the valley %d of 20 times", name, crossed)
	}
	if s := climb(BestOfN, 1, 1, 1, 8, map[string]string{"f": "aaaa", "g": "cccc"}, letters); s.Failed != 7 {
		t.Errorf("one edit mended %d cases", 8-s.Failed)
	}
}
