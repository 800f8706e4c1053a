package train

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// ShowCandidate prints the diff from the original to one candidate, which is named
// STEP/INDEX, or by the beginning of its hash, as [Show] prints both. Of one that could
// not be applied, or that an earlier version ran, it prints the proposed sources.
func ShowCandidate(w io.Writer, run *journal.Run, name string) error {
	c, err := findCandidate(run, name)
	if err != nil {
		return err
	}
	if c.Hash != "" {
		diff, ok, err := run.DiffOf(c.Hash)
		if err != nil {
			return ui.Errorf("%w", err)
		}
		if ok {
			_, err := io.WriteString(w, diff)
			return err
		}
	}
	p := &printer{w: w}
	if c.Rejected != "" {
		p.line("Candidate %d of step %d was rejected: %s\n", c.Index, c.Step, strings.TrimSpace(c.Rejected))
	} else {
		p.line("The journal has no diff of candidate %d of step %d. It is %s with this:\n", c.Index, c.Step, c.Base.Short())
	}
	for i, id := range sortedKeys(c.Assign) {
		src, err := run.Blob(c.Assign[id])
		if err != nil {
			return ui.Errorf("%w", err)
		}
		if i > 0 {
			p.line("")
		}
		p.line("%s:\n\n%s", id, strings.TrimRight(string(src), "\n"))
	}
	return p.err
}

// findCandidate finds a candidate by its place or its hash.
func findCandidate(run *journal.Run, name string) (*journal.Candidate, error) {
	id := filepath.Base(run.Dir)
	hint := fmt.Sprintf("tracetrain show -all %s lists all candidates; name one as STEP/INDEX, such as 1/0, or by its hash", id)
	var of func(c *journal.Candidate) bool
	if stepText, indexText, ok := strings.Cut(name, "/"); ok {
		step, err := strconv.Atoi(stepText)
		index, err2 := strconv.Atoi(indexText)
		if err != nil || err2 != nil {
			return nil, ui.Errorf("%q names no candidate", name).WithHint("%s", hint)
		}
		of = func(c *journal.Candidate) bool { return c.Step == step && c.Index == index }
	} else {
		if len(name) < 4 || strings.Trim(name, "0123456789abcdef") != "" {
			return nil, ui.Errorf("%q names no candidate", name).WithHint("%s", hint)
		}
		of = func(c *journal.Candidate) bool { return strings.HasPrefix(string(c.Hash), name) }
	}
	var found []*journal.Candidate
	for i := range run.Candidates {
		c := &run.Candidates[i]
		same := func(f *journal.Candidate) bool { return f.Hash == c.Hash && c.Hash != "" }
		if of(c) && !slices.ContainsFunc(found, same) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return nil, ui.Failf("run %s has no candidate %s", id, name).WithHint("%s", hint)
	case 1:
		return found[0], nil
	}
	var hashes []string
	for _, c := range found {
		hashes = append(hashes, c.Hash.Short())
	}
	return nil, ui.Failf("run %s has several candidates %s", id, name).WithHint("name one by its hash: %s", listText(hashes, 8))
}
