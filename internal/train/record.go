package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/build"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// A recorded case is its minimal subgraph and the lines that ran.
type recorded struct {
	graph *trace.Graph
	lines map[string]string
	cut   bool     // the lines lack what it executed after it had recorded as much as it may
	used  []string // IDs of the parameters that were read or called, also where no value led to an output
	vague string   // why some may be missing; empty: none is

	result string // as the recorded run ended; empty: it did not
	score  *float64
}

// otherwise says how the recorded run ended if that is not how the case was scored:
// the program may go by the clock or by chance, and what it recorded is of another
// run. It is empty if they agree.
func (r *recorded) otherwise(o outcome) string {
	if r.graph == nil || r.result == "" || r.result == tracefile.ResultKilled || o.measured != "" || o.result == missing {
		return ""
	}
	if strings.HasPrefix(topLevelTest(o.name), "Example") {
		return "" // what it printed is compared when its recording is over
	}
	sameScore := r.score == nil || o.score == nil || *r.score == *o.score
	if r.result == o.result && sameScore {
		return ""
	}
	text := r.result
	if r.score != nil {
		text += ", score " + strconv.FormatFloat(*r.score, 'g', 6, 64)
	}
	return text
}

// recordMissing records the chosen cases of st that are not yet, and of the
// passing ones those that run beside them.
func (s *session) recordMissing(ctx context.Context, st *state, chosen, passing []outcome) error {
	if st.recs == nil {
		st.recs = map[string]recorded{}
	}
	chosen = slices.DeleteFunc(slices.Clone(chosen), func(o outcome) bool {
		_, ok := st.recs[o.name]
		return ok
	})
	if len(chosen) == 0 {
		return nil
	}
	recs, err := s.record(ctx, st, chosen, passing)
	if err != nil {
		return err
	}
	for name, rec := range recs {
		st.recs[name] = rec
	}
	for _, o := range chosen {
		if _, ok := st.recs[o.name]; !ok {
			st.recs[o.name] = recorded{vague: notRecorded} // another attempt would not do better
		}
	}
	return nil
}

// record runs the chosen cases of st instrumented, one process for each
// top-level test, and returns what they recorded by name of the case. What
// cannot be recorded is left out, with a note: training goes on without.
func (s *session) record(ctx context.Context, st *state, chosen, passing []outcome) (map[string]recorded, error) {
	out, err := st.prog.Instrument(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s.ui.warn("the program could not be instrumented, so there are no graphs: %v", err)
		return nil, nil
	}
	st.unseen = out.Unseen
	files := map[string][]byte{}
	for name, src := range st.files {
		files[name] = src
	}
	for _, f := range out.Files {
		files[f.Path] = f.Content
	}
	recs := map[string]recorded{}
	for _, u := range s.units {
		var tops []string
		for _, o := range chosen {
			top, _, _ := strings.Cut(o.local, "/")
			if o.unit == u && o.local != outsideCase && !slices.Contains(tops, top) {
				tops = append(tops, top)
			}
		}
		if len(tops) == 0 {
			continue
		}
		if err := s.recordUnit(ctx, u, tops, namesOf(u, chosen, passing), files, recs); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if void := (*voidError)(nil); errors.As(err, &void) {
				return nil, err
			}
			s.ui.warn("%s could not be recorded, so there are no graphs: %v", u.pkg, err)
		}
	}
	return recs, nil
}

func (s *session) recordUnit(ctx context.Context, u *unit, tops, names []string, files map[string][]byte, recs map[string]recorded) error {
	bin, err := s.builder.Compile(ctx, build.Spec{
		Dir: s.base.prog.ModRoot, Pkg: u.pkg, Test: u.test, Tags: s.opt.Tags, NoVet: true, Plain: true, NoDebug: true,
		Files: files, Overlay: s.overlay(true),
	})
	if err != nil {
		return err
	}
	defer bin.Remove()
	for _, top := range tops {
		dir, err := os.MkdirTemp(s.work.Path, "record-")
		if err != nil {
			return err
		}
		opt := build.RunOptions{
			Dir: u.dir, Args: s.opt.Args, Timeout: 2 * s.opt.Timeout, // recording costs time
			Pass: s.opt.Env, Set: []string{"TRACE_DIR=" + dir}, Skip: s.held.skippedBelow(u, top),
		}
		if u.test {
			opt.Run = "^" + top + "$"
		}
		done := s.lend(u, &opt, 0)
		if !u.test {
			opt.Dir = s.opt.Dir
		}
		s.confine(u, &opt, dir)
		if u.test && slices.Contains(u.bench, top) {
			// What one iteration does is enough to follow.
			opt.Args = slices.DeleteFunc(slices.Clone(opt.Args), func(a string) bool {
				return strings.HasPrefix(strings.TrimLeft(a, "-"), "test.benchtime=")
			})
			_, err = bin.RunBenchmarks(ctx, opt, build.BenchOptions{Pattern: s.benchPattern(top), Time: "1x"})
		} else if u.test {
			opt.Run = s.recordPattern(top, names)
			_, err = bin.RunTests(ctx, opt)
		} else {
			_, err = bin.RunProgram(ctx, opt)
		}
		if void := done(); err == nil {
			err = void
		}
		if err == nil {
			err = s.readTraces(u, dir, recs)
		}
		os.RemoveAll(dir)
		if err != nil {
			return err
		}
	}
	return nil
}

// namesOf lists the names that cases of u have in it.
func namesOf(u *unit, lists ...[]outcome) []string {
	var names []string
	for _, list := range lists {
		for _, o := range list {
			if o.unit == u {
				names = append(names, o.local)
			}
		}
	}
	return names
}

// recordPattern selects what is recorded of the test top: of its sub-tests those
// that names has, and all if it has none.
func (s *session) recordPattern(top string, names []string) string {
	below := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(n, top+"/") })
	if len(below) > 0 && !slices.Contains(names, top) {
		return build.Exactly(below)
	}
	pattern := "^" + top + "$"
	if i := strings.IndexByte(s.opt.Run, '/'); i >= 0 && !strings.Contains(s.opt.Run, "|") {
		pattern += s.opt.Run[i:]
	}
	return pattern
}

// benchPattern selects the benchmark top, and of its sub-benchmarks those that
// -bench selects.
func (s *session) benchPattern(top string) string {
	pattern := "^" + top + "$"
	if i := strings.IndexByte(s.opt.Bench, '/'); i >= 0 && !strings.Contains(s.opt.Bench, "|") {
		pattern += s.opt.Bench[i:]
	}
	return pattern
}

// readTraces reads the trace files in dir, into which the program could write
// what it liked.
func (s *session) readTraces(u *unit, dir string, recs map[string]recorded) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	var errs []error
	left := int64(maxTraces)
	for _, name := range names {
		rec, size, err := readTrace(name, left)
		if left -= size; err != nil {
			errs = append(errs, fmt.Errorf("reading a trace: %w", err))
			continue
		}
		for _, p := range rec.Programs {
			for _, c := range p.Cases {
				local := c.Name
				if !u.test {
					local = build.MainCase
				}
				full := s.caseName(u, local)
				if _, ok := recs[full]; ok || local == "" {
					continue
				}
				r := recorded{graph: c.Graph(), lines: c.Lines, cut: c.Spent, result: c.Result, score: c.Score}
				if len(c.Feedback) == 0 {
					r.graph = c.Full() // nothing was said: all of it may matter
				}
				s.held.hideValues(r.graph)
				r.used, r.vague = used(rec, p, c)
				recs[full] = r
			}
		}
	}
	return errors.Join(errs...)
}

// maxTraces is how many bytes of traces of one run are read.
const maxTraces = 512 << 20

// readTrace reads a trace file of a program that has ended, at most limit bytes
// of it. What is no plain file is not opened: a link may lead to what the program
// itself could not read, and a pipe never ends.
func readTrace(name string, limit int64) (rec *trace.Recording, size int64, err error) {
	st, err := os.Lstat(name)
	if err != nil {
		return nil, 0, err
	}
	if !st.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a plain file", filepath.Base(name))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	rec, err = trace.ReadRecording(io.LimitReader(f, limit))
	return rec, min(st.Size(), limit), err
}
