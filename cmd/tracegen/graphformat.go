package main

import (
	"encoding/json"
	"fmt"
	"io"

	trace "github.com/opto-go/trace/runtime"
)

// graphFormats write the graphs that were asked for to a writer that keeps its
// first error.
var graphFormats = map[string]func(io.Writer, []titled, graphOptions) error{
	"text": writeText,
	"dot":  writeDOT,
	"svg":  writeSVG,
	"json": writeJSON,
}

func (t titled) folded(o graphOptions) *trace.Folded {
	folding := trace.Folding{}
	if o.unfold {
		folding.Over = -1
	}
	return t.graph.Fold(folding)
}

func writeText(w io.Writer, list []titled, o graphOptions) error {
	for i, t := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "// %s\n", t.title)
		for _, lines := range t.executed {
			fmt.Fprintf(w, "// executed %s\n", lines)
		}
		if err := t.folded(o).WriteText(w); err != nil {
			return err
		}
	}
	return nil
}

func writeDOT(w io.Writer, list []titled, o graphOptions) error {
	for i, t := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := t.folded(o).WriteDOT(w); err != nil {
			return err
		}
	}
	return nil
}

// writeSVG makes one picture of all: a file holds one.
func writeSVG(w io.Writer, list []titled, o graphOptions) error {
	var drawings []trace.Drawing
	for _, t := range list {
		drawings = append(drawings, trace.Drawing{Title: t.title, Graph: t.folded(o)})
	}
	return trace.WriteSVG(w, drawings...)
}

// writeJSON writes an array, one line for each graph.
func writeJSON(w io.Writer, list []titled, _ graphOptions) error {
	for i, t := range list {
		sep := ",\n"
		if i == 0 {
			sep = "[\n"
		}
		head := struct {
			Program string            `json:"program"`
			Case    string            `json:"case,omitempty"`
			Result  string            `json:"result,omitempty"`
			Score   *float64          `json:"score,omitempty"`
			Lines   map[string]string `json:"lines,omitempty"`
		}{t.program.Path, t.of.Name, t.of.Result, t.of.Score, t.of.Lines}
		data, err := json.Marshal(head)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, `%s%s,"graph":`, sep, data[:len(data)-1])
		if err := t.graph.WriteJSON(w); err != nil {
			return err
		}
		io.WriteString(w, "}")
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}
