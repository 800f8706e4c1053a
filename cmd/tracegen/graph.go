package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/near"
	"github.com/opto-go/trace/internal/ui"
	trace "github.com/opto-go/trace/runtime"
)

// graphOptions are the flags of the command graph.
type graphOptions struct {
	format string
	name   string // of the case; empty: all
	view   view
	unfold bool
}

// graph prints the minimal subgraphs of a trace file.
func (c *command) graph(ctx context.Context, args []string) error {
	var o graphOptions
	fs := newFlags()
	fs.StringVar(&o.format, "format", "text", "")
	fs.StringVar(&o.name, "case", "", "")
	fs.BoolVar(&o.view.full, "full", false, "")
	fs.BoolVar(&o.view.inside, "inside", false, "")
	fs.BoolVar(&o.unfold, "unfold", false, "")
	if err := parse(fs, args, "graph"); err != nil {
		return err
	}
	args = fs.Args()
	if err := noFlags(args, "graph"); err != nil {
		return err
	}
	write := graphFormats[o.format]
	if write == nil {
		return ui.Errorf("unknown format %q", o.format).WithHint("formats: text, dot, svg, json")
	}
	if o.unfold && o.format == "json" {
		return ui.Errorf("-unfold does not go with -format json: nothing is folded there")
	}
	switch len(args) {
	case 1:
	case 0:
		return ui.Errorf("graph needs a trace FILE").WithHint("make one: tracegen test -record FILE")
	default:
		return ui.Errorf("graph takes one FILE, got %d", len(args)).WithHint("trace files can be concatenated")
	}
	rec, err := c.readTrace(args[0])
	if err != nil {
		return err
	}
	list, err := graphs(rec, args[0], o)
	if err != nil {
		return err
	}

	w := bufio.NewWriter(c.stdout)
	if err := write(w, list, o); err != nil {
		return ui.Errorf("%w", err)
	}
	if err := w.Flush(); err != nil {
		return ui.Errorf("%w", err)
	}
	return nil
}

// readTrace reads a trace file and says what is wrong with it.
func (c *command) readTrace(file string) (*trace.Recording, error) {
	f, err := os.Open(c.path(file))
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, ui.Errorf("%s: %w", file, err).WithHint("trace files are written by tracegen run|test -record FILE")
	}
	defer f.Close()
	rec, err := trace.ReadRecording(bufio.NewReader(f))
	if err != nil {
		return nil, ui.Errorf("%s: %w", file, err).WithHint("trace files are written by tracegen run|test -record FILE")
	}
	if len(rec.Programs) == 0 {
		return nil, ui.Errorf("%s: no program in it", file).WithHint("trace files are written by tracegen run|test -record FILE")
	}
	if rec.Cut {
		ui.Warn(c.stderr, progName, "%s ends within a line; the rest is shown", file)
	}
	if rec.Dangling > 0 {
		ui.Warn(c.stderr, progName, "%s refers to %d nodes that it does not hold; they are shown as untracked", file, rec.Dangling)
	}
	return rec, nil
}

// view is how much a graph shows.
type view struct {
	full   bool // all nodes
	inside bool // the inside of every bundle that was followed
}

// graphed is a program or a case.
type graphed interface {
	Graph() *trace.Graph
	Inside() *trace.Graph
	Full() *trace.Graph
}

func (v view) of(what graphed) *trace.Graph {
	switch {
	case v.full:
		return what.Full()
	case v.inside:
		return what.Inside()
	}
	return what.Graph()
}

// titled is a graph with what it is the graph of, and the lines that were
// executed in its files.
type titled struct {
	title    string
	program  *trace.Program
	of       *trace.Case // nil for a whole program
	executed []string
	graph    *trace.Graph
}

// graphs picks what to print: each case for itself, but with dot one picture for
// each program; those with feedback, or with full all.
func graphs(rec *trace.Recording, file string, o graphOptions) ([]titled, error) {
	name := o.name
	var list []titled
	var names []string
	for _, p := range rec.Programs {
		if o.format == "dot" && name == "" {
			g := o.view.of(p)
			if len(g.Nodes) > 0 || len(g.Outputs) > 0 {
				list = append(list, titled{title: p.Path, program: p, graph: g})
			}
			continue
		}
		for _, c := range p.Cases {
			if c.Name != "" {
				names = append(names, c.Name)
			}
			if name != "" && c.Name != name {
				continue
			}
			g := o.view.of(c)
			if name == "" && len(g.Nodes) == 0 && len(g.Outputs) == 0 {
				continue
			}
			list = append(list, titled{caseTitle(p, c), p, c, executed(c, g), g})
		}
	}
	switch {
	case len(list) > 0:
		return list, nil
	case name != "":
		return nil, ui.Errorf("%s: no case %q", file, name).WithHint("%s", caseHint(name, names))
	case o.view.full:
		return nil, ui.Failf("%s: nothing was recorded", file).WithHint("tracegen -v ./pkg says what is followed, and why")
	}
	return nil, ui.Failf("%s: no feedback was recorded", file).
		WithHint("a failing test gives it, or a call of trace.Feedback; -full prints everything that was recorded")
}

// mostNames is how many names of cases a hint has.
const mostNames = 10

// caseHint says which of the cases may have been meant: those that are most like
// the name, else those that contain it, else any.
func caseHint(name string, names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return "the file has no cases; a main program has one without a name"
	}
	if alike := near.Words(name, names); len(alike) > 0 {
		return "did you mean " + someNames(alike, " or ") + "?"
	}
	var within []string
	for _, n := range names {
		if strings.Contains(strings.ToLower(n), strings.ToLower(name)) {
			within = append(within, n)
		}
	}
	if len(within) > 0 {
		return "cases with that in their name: " + someNames(within, ", ")
	}
	return "cases: " + someNames(names, ", ")
}

func someNames(names []string, sep string) string {
	if more := len(names) - mostNames; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:mostNames], ", "), more)
	}
	return strings.Join(names, sep)
}

func caseTitle(p *trace.Program, c *trace.Case) string {
	title := p.Path
	if c.Name != "" {
		title += " " + c.Name
	}
	if c.Result != "" {
		title += ": " + c.Result
	}
	if c.Score != nil {
		title += fmt.Sprintf(", score %v", *c.Score)
	}
	if c.Spent {
		title += ", recorded to its limit (-nodes): what came later is one node, and its lines are missing"
	}
	return title
}

// executed lists the lines that a case executed, of the files that have nodes
// in its graph.
func executed(c *trace.Case, g *trace.Graph) []string {
	seen := map[string]bool{}
	var list []string
	for _, n := range g.Nodes {
		file := n.At // file:line:col
		for range 2 {
			if i := strings.LastIndexByte(file, ':'); i >= 0 {
				file = file[:i]
			}
		}
		if lines := c.Lines[file]; lines != "" && !seen[file] {
			seen[file] = true
			list = append(list, file+":"+lines)
		}
	}
	slices.Sort(list)
	return list
}
