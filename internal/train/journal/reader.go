package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unique"

	"github.com/opto-go/trace/internal/llm"
)

// A Run is a journal as it was read.
type Run struct {
	Dir        string
	Header     Header
	Originals  []Original
	Baseline   *Baseline // nil: the run did not come that far
	Asked      []Asked
	Calls      []Call
	Refused    []Refused
	Exchanges  []Exchange
	Compared   *Compared
	Proposed   []Proposed
	Candidates []Candidate
	Measured   []Measured
	Rounds     []Round
	Accepted   []Accepted
	Verified   []Verified
	Warnings   []Warning
	HeldAgain  []HeldAgain
	Reordered  []Reordered
	Resumed    []Resumed
	End        *End // nil: the run was killed
	Cut        bool // the last line is partial

	whole int64 // bytes of the lines that are not
}

// Settings is the header with what resuming changed, and with the search as it
// became where scores vary.
func (r *Run) Settings() Header {
	h := r.Header
	if n := len(r.Resumed); n > 0 {
		last := r.Resumed[n-1]
		h.Tool, h.Go, h.Flags, h.Model, h.Sandbox = last.Tool, last.Go, last.Flags, last.Model, last.Sandbox
	}
	if r.Baseline != nil && len(r.Baseline.Vary) > 0 && h.Flags.Auto {
		h.Flags = h.Flags.InNoise()
	}
	return h
}

// Open reads the run in dir.
func Open(dir string) (*Run, error) {
	f, err := os.Open(filepath.Join(dir, File))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, File), err)
	}
	run.Dir = dir
	return run, nil
}

// Read reads a journal. A last line that is partial, or that a loss of power
// left broken, is ignored.
func Read(r io.Reader) (*Run, error) { return read(r, nil) }

// read reads a journal and hands every whole line to each.
func read(r io.Reader, each func(line []byte, rec *Record)) (*Run, error) {
	run := &Run{}
	br := bufio.NewReader(r)
	headers := 0
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if err == io.EOF {
			run.Cut = len(line) > 0
			break
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			run.whole += int64(len(line))
			continue
		}
		var rec Record
		if err := json.Unmarshal(line, &rec); err != nil {
			if _, end := br.Peek(1); end == io.EOF && headers > 0 {
				run.Cut = true // its beginning did not reach the disk, its end did
				break
			}
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		run.whole += int64(len(line))
		if each != nil {
			each(line, &rec)
		}
		if headers == 0 {
			switch {
			case rec.Header == nil:
				return nil, fmt.Errorf("line %d: no journal of a run: it does not begin with a header", n)
			case rec.Header.Version < 1:
				return nil, fmt.Errorf("line %d: format version %d", n, rec.Header.Version)
			case rec.Header.Version > Version:
				return nil, fmt.Errorf("line %d: format version %d is newer than this program's %d", n, rec.Header.Version, Version)
			}
			run.Header = *rec.Header
			headers++
			continue
		}
		run.add(rec)
	}
	if headers == 0 {
		return nil, errors.New("it has no header: the run was killed before it began")
	}
	return run, nil
}

func (r *Run) add(rec Record) {
	switch {
	case rec.Original != nil:
		r.Originals = append(r.Originals, *rec.Original)
	case rec.Baseline != nil:
		r.Baseline = rec.Baseline
	case rec.Asked != nil:
		r.Asked = append(r.Asked, *rec.Asked)
	case rec.Call != nil:
		r.Calls = append(r.Calls, *rec.Call)
	case rec.Refused != nil:
		r.Refused = append(r.Refused, *rec.Refused)
	case rec.Exchange != nil:
		r.Exchanges = append(r.Exchanges, *rec.Exchange)
	case rec.Compared != nil:
		r.Compared = rec.Compared
	case rec.Proposed != nil:
		r.Proposed = append(r.Proposed, *rec.Proposed)
	case rec.Candidate != nil:
		rec.Candidate.share()
		r.Candidates = append(r.Candidates, *rec.Candidate)
	case rec.Measured != nil:
		r.Measured = append(r.Measured, *rec.Measured)
	case rec.Round != nil:
		r.Rounds = append(r.Rounds, *rec.Round)
	case rec.Accepted != nil:
		r.Accepted = append(r.Accepted, *rec.Accepted)
	case rec.HeldAgain != nil:
		r.HeldAgain = append(r.HeldAgain, *rec.HeldAgain)
	case rec.Reordered != nil:
		r.Reordered = append(r.Reordered, *rec.Reordered)
	case rec.Verified != nil:
		r.Verified = append(r.Verified, *rec.Verified)
	case rec.Warning != nil:
		r.Warnings = append(r.Warnings, *rec.Warning)
	case rec.End != nil:
		r.End = rec.End
	case rec.Resumed != nil:
		r.Resumed = append(r.Resumed, *rec.Resumed)
		r.End = nil
	}
}

// share keeps one copy of what thousands of candidates repeat.
func (c *Candidate) share() {
	c.Cases = slices.Clone(c.Cases)[:len(c.Cases):len(c.Cases)]
	for i := range c.Cases {
		o := &c.Cases[i]
		o.Name, o.Result, o.Feedback = unique.Make(o.Name).Value(), unique.Make(o.Result).Value(), unique.Make(o.Feedback).Value()
	}
}

// KeepCasesOf forgets the cases of all candidates but one, which [Run.CasesOf]
// still finds.
func (r *Run) KeepCasesOf(h Hash) {
	for i := range r.Candidates {
		if c := &r.Candidates[i]; c.Hash != h {
			c.Cases = nil
		}
	}
}

// Blob returns the content of a blob.
func (r *Run) Blob(h Hash) ([]byte, error) {
	return readBlob(r.Dir, h)
}

func readBlob(dir string, h Hash) ([]byte, error) {
	if !h.valid() {
		return nil, fmt.Errorf("%s: %q is no name of a blob", dir, h)
	}
	data, err := os.ReadFile(filepath.Join(dir, blobDir, string(h)))
	if err != nil {
		return nil, err
	}
	if Sum(data) != h {
		return nil, fmt.Errorf("%s: the content is not what its name says", filepath.Join(dir, blobDir, string(h)))
	}
	return data, nil
}

// Answer implements [llm.Recorded]. The last answer under a key counts.
func (r *Run) Answer(key llm.Key) (llm.Request, llm.Response, bool) {
	for _, c := range slices.Backward(r.Calls) {
		if c.Key != key || c.Answer == "" {
			continue
		}
		prompt, err := r.Blob(c.Prompt)
		if err != nil {
			return llm.Request{}, llm.Response{}, false
		}
		answer, err := r.Blob(c.Answer)
		if err != nil {
			return llm.Request{}, llm.Response{}, false
		}
		req := llm.Request{Key: key}
		if json.Unmarshal(prompt, &req.Messages) != nil {
			return llm.Request{}, llm.Response{}, false
		}
		return req, llm.Response{
			Text: string(answer), Finish: c.Finish, Model: c.Model,
			PromptTokens: c.PromptTokens, CompletionTokens: c.CompletionTokens, Estimated: c.Estimated,
		}, true
	}
	return llm.Request{}, llm.Response{}, false
}

// Find returns the directory of the run named by word: a path, or the whole or
// an unambiguous beginning of an id under runs.
func Find(runs, word string) (string, error) {
	if isRun(word) {
		return word, nil
	}
	if word == "" || strings.ContainsAny(word, `/\`) {
		return "", fmt.Errorf("%s: no run there (no %s)", word, File)
	}
	if dir := filepath.Join(runs, word); isRun(dir) {
		return dir, nil
	}
	entries, err := os.ReadDir(runs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var found []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), word) && isRun(filepath.Join(runs, e.Name())) {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 1:
		return filepath.Join(runs, found[0]), nil
	case 0:
		return "", fmt.Errorf("no run %q in %s", word, runs)
	default:
		return "", fmt.Errorf("%q begins several runs: %s", word, strings.Join(found, ", "))
	}
}

func isRun(dir string) bool {
	if dir == "" {
		return false
	}
	st, err := os.Stat(filepath.Join(dir, File))
	return err == nil && st.Mode().IsRegular()
}

// CasesOf returns the recorded cases of the candidate called h, or of the
// baseline.
func (r *Run) CasesOf(h Hash) []Case {
	if r.Baseline != nil && r.Baseline.Candidate == h {
		return r.Baseline.Cases
	}
	for _, c := range r.Candidates {
		if c.Hash == h && c.Rejected == "" {
			return c.Cases
		}
	}
	return nil
}
