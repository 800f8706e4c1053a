package build

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxProcesses bounds how many processes one RunTests may take when cases
// keep crashing.
const maxProcesses = 12

// RunTests runs the tests that opt selects.
//
// Leaf tests are cases; a test with sub-tests is one only if it failed by
// itself. A case that crashes its process is left out of the next process, in
// which the rest runs.
func (b *Binary) RunTests(ctx context.Context, opt RunOptions) (*Result, error) {
	start := time.Now()
	res := &Result{}
	loose := &bounded{limit: looseOutput}
	var (
		pattern = opt.Run
		skip    = slices.Clone(opt.Skip) // and the cases that crashed
		serial  bool
		left    = slices.Clone(opt.Tests)
	)
	for n := 0; n < maxProcesses; n++ {
		args := []string{"-test.v=test2json", "-test.paniconexit0", "-test.timeout=0", "-test.count=1"}
		args = append(args, opt.shuffleArgs()...)
		if pattern != "" {
			args = append(args, "-test.run="+pattern)
		}
		if len(skip) > 0 {
			args = append(args, "-test.skip="+Exactly(skip))
		}
		if serial {
			args = append(args, "-test.parallel=1")
		}
		col := newCollector(b.Weak != "", opt.maxPrint())
		col.ours = opt.shuffleLine()
		exit, err := b.process(ctx, opt, append(args, opt.Args...), col, col.readOutput)
		if err != nil {
			return nil, err
		}
		res.Exits = append(res.Exits, exit)
		res.Busy = max(res.Busy, col.busiest())
		last := &res.Exits[len(res.Exits)-1]
		if opt.GiveUp && (exit.Killed != "" || exit.Signal != "") {
			break
		}
		if b.Weak == "" && col.silent() {
			b.Weak = "the reporter in package testing says nothing"
			b.builder.setWeak(b.Weak)
			return b.RunTests(ctx, opt)
		}
		crashed, unclear := col.finish(exit, serial)
		last.Early = b.Weak == "" && col.early(exit) && len(crashed) == 0 && !unclear
		col.addTo(res)
		loose.Write([]byte(col.loose.String()))

		var again []string
		for _, name := range left {
			t := col.byName[name]
			switch {
			case t == nil, !t.ended:
				if !slices.Contains(crashed, name) {
					again = append(again, name)
				}
			case under(name, crashed):
				again = append(again, name)
			}
		}
		progress := len(crashed) > 0 || len(again) < len(left) || unclear
		if len(again) == 0 || !progress {
			break
		}
		left = again
		pattern = onlyTop(left, opt.Run)
		for _, name := range crashed {
			if !slices.Contains(left, name) && !slices.Contains(skip, name) {
				skip = append(skip, name)
			}
		}
		serial = true
	}
	res.Output = loose.String()
	res.Elapsed = time.Since(start)
	res.findTrouble()
	return res, nil
}

// findTrouble notices a process that failed without a failing case.
func (r *Result) findTrouble() {
	for _, e := range r.Exits {
		if e.Early {
			r.Trouble = e.String()
			return
		}
	}
	for _, c := range r.Cases {
		if c.Result == Fail || c.Result == Killed {
			return
		}
	}
	for _, e := range r.Exits {
		if !e.OK() {
			r.Trouble = e.String()
			return
		}
	}
}

// under reports whether one of names is a sub-test of top.
func under(top string, names []string) bool {
	for _, n := range names {
		if strings.HasPrefix(n, top+"/") {
			return true
		}
	}
	return false
}

// Exactly is a pattern for -test.skip, and for -test.run, that matches the full names only. Names
// below the same test share its part: there may be thousands, and what an
// argument can hold is bounded.
func Exactly(names []string) string {
	below := map[string][]string{}
	var order []string
	for _, n := range names {
		parts := strings.Split(n, "/")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		last := len(parts) - 1
		prefix := ""
		for _, p := range parts[:last] {
			prefix += "^" + p + "$/"
		}
		if below[prefix] == nil {
			order = append(order, prefix)
		}
		below[prefix] = append(below[prefix], parts[last])
	}
	var alt []string
	for _, prefix := range order {
		alt = append(alt, prefix+"^("+strings.Join(below[prefix], "|")+")$")
	}
	return strings.Join(alt, "|")
}

// onlyTop narrows the pattern run to the top-level names.
func onlyTop(names []string, run string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, regexp.QuoteMeta(n))
	}
	top := "^(" + strings.Join(quoted, "|") + ")$"
	if i := topEnd(run); i >= 0 && !strings.Contains(run, "|") {
		return top + run[i:]
	}
	return top
}

// topEnd is the index of the slash that ends the first element of a -run
// pattern, -1 if there is none. Slashes in brackets and parentheses belong to
// the element, as in package testing.
func topEnd(run string) int {
	depth := 0
	for i := 0; i < len(run); i++ {
		switch run[i] {
		case '\\':
			i++
		case '[', '(':
			depth++
		case ']', ')':
			if depth > 0 {
				depth--
			}
		case '/':
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// SelectTop returns the names that the -run pattern selects at the top level.
func SelectTop(names []string, run string) ([]string, error) {
	if i := topEnd(run); i >= 0 && !strings.Contains(run, "|") {
		run = run[:i]
	} else if i >= 0 {
		run = "" // alternatives with sub-tests: the test binary decides
	}
	re, err := regexp.Compile(run)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range names {
		if re.MatchString(n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// silent reports whether tests ran and the reporter did not speak.
func (c *collector) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ran && !c.reporter
}

// early reports whether the process ended well although package testing was not
// done: something in it called exit. Every case may have passed by then, also
// those whose failure was still to come.
func (c *collector) early(exit Exit) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return exit.OK() && c.reporter && !c.done && len(c.order) > 0
}

// finish settles the cases that were open when the process ended and returns
// the names of those that ended it. When several ran at once it may be unclear
// which one did; run one at a time (serial) they tell.
func (c *collector) finish(exit Exit, serial bool) (crashed []string, unclear bool) {
	open := c.open()
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if len(c.crash.head) == 0 {
			return
		}
		name := ""
		if len(crashed) > 0 {
			name = crashed[0]
		}
		c.print(name, c.crash.String())
	}()
	fail := func(t *testCase, result string) {
		t.ended, t.result, t.own = true, result, true
		t.elapsed = time.Since(t.since)
		crashed = append(crashed, t.name)
		s := c.saidOf(t.name)
		if result == Killed {
			s.feedback = append(s.feedback, exit.String())
		} else {
			s.feedback = append(s.feedback, "the process ended while this case was running: "+exit.String())
		}
	}
	if exit.Killed != "" {
		if len(open) == 0 { // all of them wait for something that never comes
			for _, t := range c.order {
				if !t.ended && t.running == 0 {
					open = append(open, t)
				}
			}
		}
		oldest := time.Now()
		for _, t := range open {
			if t.since.Before(oldest) {
				oldest = t.since
			}
		}
		for _, t := range open {
			// Others had just begun and get another chance.
			if c.flood || t.since.Sub(oldest) < 10*tick {
				fail(t, Killed)
			}
		}
		return crashed, false
	}
	if p := c.panicked(exit); p != nil {
		return []string{p.name}, false
	}
	if len(open) > 1 && !serial {
		return nil, true
	}
	for _, t := range open {
		fail(t, Fail)
	}
	return crashed, false
}

// panicked is the case whose panic ended the process. Package testing reports
// it and its parents, innermost first, before it dies.
func (c *collector) panicked(exit Exit) *testCase {
	if exit.Code != 2 || len(c.ends) == 0 {
		return nil
	}
	i := len(c.ends) - 1
	for i > 0 && c.ends[i-1].parent == c.ends[i] {
		i--
	}
	t := c.ends[i]
	if t.result != Fail {
		return nil
	}
	return t
}

// addTo adds the cases of this process to res. A case that an earlier process
// has settled keeps that result.
func (c *collector) addTo(res *Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failedBelow := map[*testCase]bool{}
	for _, t := range c.order {
		if t.ended && t.result != Pass && t.result != Skip {
			for p := t.parent; p != nil; p = p.parent {
				failedBelow[p] = true
			}
		}
	}
	for _, t := range c.order {
		if !t.ended || res.Case(t.name) != nil {
			continue
		}
		if t.subs {
			own := t.own || c.weak && !failedBelow[t]
			if t.result == Pass || t.result == Skip || !own {
				continue
			}
		}
		r := CaseResult{Name: t.name, Result: t.result, Elapsed: t.elapsed}
		c.fill(&r)
		res.Cases = append(res.Cases, r)
	}
}
