package train

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"sync"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/report"
	"github.com/opto-go/trace/internal/ui"
)

// eventsVersion is that of the events of -json, which docs/events.md describes.
const eventsVersion = 1

// An event is one line of -json. Which fields are set depends on Event.
type event struct {
	Version int    `json:"version"`
	Event   string `json:"event"`

	Run        string   `json:"run,omitempty"`
	Tool       string   `json:"tool,omitempty"`
	Go         string   `json:"go,omitempty"`
	Module     string   `json:"module,omitempty"`
	Packages   []string `json:"packages,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
	Optimizer  string   `json:"optimizer,omitempty"`
	Model      string   `json:"model,omitempty"`
	Sandbox    string   `json:"sandbox,omitempty"`
	Seed       *int64   `json:"seed,omitempty"`
	Resumed    bool     `json:"resumed,omitempty"`

	Step       int               `json:"step,omitempty"`
	Beside     bool              `json:"beside,omitempty"`
	Index      *int              `json:"index,omitempty"`
	Hash       journal.Hash      `json:"hash,omitempty"`
	Rejected   string            `json:"rejected,omitempty"`
	Total      *eventTotal       `json:"total,omitempty"`
	Unit       string            `json:"unit,omitempty"`
	Ratio      *journal.Estimate `json:"ratio,omitempty"`
	Difference *journal.Estimate `json:"difference,omitempty"`
	Shuffled   bool              `json:"shuffled,omitempty"`
	Text       string            `json:"text,omitempty"`

	Cost *eventCost `json:"cost,omitempty"`

	Status string      `json:"status,omitempty"`
	Reason string      `json:"reason,omitempty"`
	Exit   *int        `json:"exit,omitempty"`
	Before *eventTotal `json:"before,omitempty"`
	After  *eventTotal `json:"after,omitempty"`
	Diff   *string     `json:"diff,omitempty"`
	Error  string      `json:"error,omitempty"`
	Hint   string      `json:"hint,omitempty"`
}

type eventTotal struct {
	Failed int     `json:"failed"`
	Cases  int     `json:"cases"`
	Score  float64 `json:"score"`
}

type eventCost struct {
	Calls     int     `json:"calls"`
	Tokens    int     `json:"tokens"`
	USD       float64 `json:"usd"`
	Estimated bool    `json:"estimated,omitempty"`
}

func totalOf(t journal.Total) *eventTotal { return &eventTotal{t.Failed, t.Scored, t.Score} }

// events writes what happens in a run, one JSON object a line. Nil writes
// nothing.
type events struct {
	mu    sync.Mutex
	w     io.Writer
	err   error // the first
	spent llm.Spent

	run    string
	before *eventTotal
	end    *journal.End
	diff   string
}

// newEvents returns nil without -json.
func newEvents(opt *Options) *events {
	if !opt.JSON {
		return nil
	}
	return &events{w: opt.Stdout}
}

func (e *events) write(ev event) {
	ev.Version = eventsVersion
	if e.err != nil {
		return
	}
	enc := json.NewEncoder(e.w)
	enc.SetEscapeHTML(false)
	e.err = enc.Encode(ev)
}

// begin tells of the run and follows its journal.
func (e *events) begin(s *session, h journal.Header) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spent = s.past.spent()
	e.header(s.id(), h, s.past != nil)
	s.log.Observe(e.record)
}

func (e *events) header(run string, h journal.Header, resumed bool) {
	e.run = run
	e.write(event{
		Event: "run", Run: run, Tool: h.Tool, Go: h.Go, Module: h.Module, Packages: h.Packages, Parameters: h.Params,
		Optimizer: h.Optimizer, Model: h.Model, Sandbox: h.Sandbox, Seed: &h.Flags.Seed, Resumed: resumed,
	})
}

// step tells that a step begins.
func (e *events) step(n int) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.write(event{Event: "step", Step: n})
}

// record tells what was written to the journal.
func (e *events) record(r journal.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case r.Baseline != nil:
		e.before = totalOf(r.Baseline.Total)
		e.write(event{Event: "baseline", Total: e.before, Shuffled: r.Baseline.Order != nil && r.Baseline.Order.Shuffled})
	case r.Candidate != nil:
		c := r.Candidate
		ev := event{Event: "candidate", Step: c.Step, Index: &c.Index, Hash: c.Hash, Parameters: sortedKeys(c.Assign), Rejected: c.Rejected}
		if c.Total != nil {
			ev.Total = totalOf(*c.Total)
		}
		e.write(ev)
	case r.Refused != nil:
		e.write(event{Event: "refused", Step: r.Refused.Key.Step, Rejected: r.Refused.Reason})
	case r.Measured != nil && r.Measured.Estimates != (journal.Estimates{}):
		m := r.Measured
		e.write(event{Event: "measured", Step: m.Step, Hash: m.Hash, Unit: m.Unit, Ratio: m.Ratio, Difference: m.Difference})
	case r.Accepted != nil:
		e.write(event{Event: "accepted", Step: r.Accepted.Step, Hash: r.Accepted.Hash, Beside: r.Accepted.Beside})
	case r.Warning != nil:
		e.write(event{Event: "warning", Text: r.Warning.Text})
	case r.Call != nil && r.Call.Spent != nil:
		e.cost(*r.Call.Spent)
	case r.Exchange != nil:
		e.cost(r.Exchange.Spent)
	case r.End != nil:
		e.end = r.End
	}
}

func (e *events) cost(s llm.Spent) {
	e.spent = e.spent.Plus(s)
	e.write(event{Event: "cost", Cost: costOf(e.spent)})
}

func costOf(s llm.Spent) *eventCost {
	return &eventCost{Calls: s.Calls, Tokens: s.Tokens, USD: float64(s.Cost) / 1e9, Estimated: s.Guess}
}

// done writes the last event, and returns err or that the events could not be
// written.
func (e *events) done(err error) error {
	if e == nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	code := ui.Code(err)
	ev := event{Event: "end", Run: e.run, Status: report.Stopped, Exit: &code, Before: e.before, Cost: costOf(e.spent)}
	if e.end != nil {
		ev.Reason = e.end.Reason
		switch {
		case !e.end.Final():
		case e.end.Diff != "":
			ev.Status = report.Improved
		default:
			ev.Status = report.Unchanged
		}
		if e.end.Diff != "" {
			ev.After, ev.Ratio, ev.Difference = totalOf(e.end.Total), e.end.Ratio, e.end.Difference
			ev.Hash, ev.Diff = e.end.Best, &e.diff
		}
	}
	var told *ui.Error
	if errors.As(err, &told) {
		if told.Err != nil {
			ev.Error = told.Err.Error()
		}
		ev.Hint = told.Hint
	} else if err != nil {
		ev.Error = err.Error()
	}
	e.write(ev)
	if e.err != nil && err == nil {
		return ui.Failf("the events could not be written: %w", e.err)
	}
	return err
}

// product prints the diff of a run, or keeps it for the last event.
func (s *session) product(diff string, whole bool) error {
	if s.events != nil {
		s.events.diff = diff
		return nil
	}
	if !whole {
		return nil
	}
	_, err := io.WriteString(s.opt.Stdout, diff)
	return err
}

// finishedEvents tells of a run that is finished already.
func (o *Options) finishedEvents(run *journal.Run) (*events, error) {
	e := newEvents(o)
	if e == nil {
		return nil, Diff(o.Stdout, run)
	}
	e.header(filepath.Base(run.Dir), run.Settings(), true)
	e.end, e.spent = run.End, run.Spent()
	if run.Baseline != nil {
		e.before = totalOf(run.Baseline.Total)
	}
	if run.End.Diff != "" {
		data, err := run.Blob(run.End.Diff)
		if err != nil {
			return nil, ui.Errorf("%w", err)
		}
		e.diff = string(data)
	}
	return e, nil
}
