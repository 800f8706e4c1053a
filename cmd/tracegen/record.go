package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/runtime/tracefile"
)

// canRecord refuses what would record nothing, and a file that could not be
// written, before anything runs.
func (c *command) canRecord(cmd, file string, flags []goFlag) error {
	switch {
	case cmd == "build":
		return ui.Errorf("-record does not go with build: nothing runs").
			WithHint("run the built program with TRACE_DIR=DIR in its environment; each process writes a trace file there")
	case on(flags, "n"):
		return ui.Errorf("-record does not go with -n: nothing runs")
	case cmd == "test" && on(flags, "c"):
		return ui.Errorf("-record does not go with -c: nothing runs").
			WithHint("run the test binary with TRACE_DIR=DIR in its environment; each process writes a trace file there")
	}
	name := c.path(file)
	if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
		return ui.Errorf("-record: %s is not a regular file", file)
	}
	if fi, err := os.Stat(filepath.Dir(name)); err != nil {
		return ui.Errorf("-record: %w", err)
	} else if !fi.IsDir() {
		return ui.Errorf("-record: %s is not a directory", filepath.Dir(file))
	}
	return nil
}

// record calls do with an environment in which instrumented programs record,
// and merges what they wrote into file, in the order of packages, also when they
// failed. The file is
// replaced at the end, by a rename; if nothing was recorded it stays as it is.
func (c *command) record(cmd string, order []string, file string, do func(env []string) error) error {
	dir, err := os.MkdirTemp("", "tracegen-*")
	if err != nil {
		return ui.Errorf("%w", err)
	}
	defer os.RemoveAll(dir)
	failed := do(append(c.env[:len(c.env):len(c.env)], "TRACE_DIR="+dir))
	if failed != nil && !isExit(failed) {
		return failed
	}

	recs, err := c.recordings(dir, order, cmd == "run")
	if err != nil {
		return ui.Errorf("-record: %w", err)
	}
	if len(recs) == 0 {
		if failed != nil {
			ui.Warn(c.stderr, progName, "nothing was recorded, %s is not written", filepath.Base(file))
			return failed
		}
		return ui.Failf("nothing was recorded: no instrumented program ran").
			WithHint("tracegen -v says what is followed; does the program, or a test that -run selects, get there?")
	}
	if err := replaceFile(file, func(w io.Writer) error {
		for _, r := range recs {
			if err := r.writeTo(w); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return ui.Errorf("-record: %w", err)
	}
	return failed
}

// recording is the trace file of one process.
type recording struct {
	file    string
	program string
	sum     [sha256.Size]byte
	open    []int // cases without an end
}

// recordings reads the trace files in dir and sorts them: programs in the given
// order, others behind them by name, several processes of one program by
// content.
func (c *command) recordings(dir string, order []string, whole bool) ([]*recording, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return nil, err
	}
	var recs []*recording
	for _, file := range files {
		r, err := readRecording(file, whole)
		var syntax *tracefile.SyntaxError
		switch {
		case errors.As(err, &syntax):
			// Someone else wrote there; one bad file must not cost the rest.
			ui.Warn(c.stderr, progName, "%s is left out: %v", filepath.Base(file), err)
		case err != nil:
			return nil, err
		case r != nil:
			recs = append(recs, r)
		}
	}
	rank := func(r *recording) int {
		if i := slices.Index(order, r.program); i >= 0 {
			return i
		}
		return len(order)
	}
	sort.SliceStable(recs, func(i, j int) bool {
		a, b := recs[i], recs[j]
		if ra, rb := rank(a), rank(b); ra != rb {
			return ra < rb
		}
		if a.program != b.program {
			return a.program < b.program
		}
		return bytes.Compare(a.sum[:], b.sum[:]) < 0
	})
	return recs, nil
}

// readRecording reads one trace file, nil if its program was killed before the
// first line was whole.
func readRecording(file string, whole bool) (*recording, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &recording{file: file}
	sum := sha256.New()
	ended := map[int]bool{}
	var opened []int
	if whole {
		opened = append(opened, 0) // has no line of its own
	}
	seen := false
	for in := tracefile.NewReader(io.TeeReader(f, sum)); ; {
		line, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch l := line.(type) {
		case *tracefile.Header:
			seen = true
			r.program = strings.TrimSuffix(l.Program, ".test")
		case *tracefile.Case:
			opened = append(opened, l.Case)
		case *tracefile.End:
			ended[l.End] = true
		}
	}
	if !seen {
		return nil, nil
	}
	for _, n := range opened {
		if !ended[n] {
			r.open = append(r.open, n)
		}
	}
	sort.Ints(r.open)
	sum.Sum(r.sum[:0])
	return r, nil
}

// writeTo appends the recording to w, with an end for each case that its
// program did not live to end.
func (r *recording) writeTo(w io.Writer) error {
	f, err := os.Open(r.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := tracefile.Copy(w, f); err != nil {
		return err
	}
	out := tracefile.NewWriter(w)
	for _, n := range r.open {
		if err := out.End(tracefile.End{End: n, Result: tracefile.ResultKilled}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// replaceFile writes a file by temporary file and rename.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".trace-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
