package trace

import (
	"bufio"
	"encoding/json"
	"io"
)

// jsonNode has the keys of a node line of the trace file where they mean the
// same.
type jsonNode struct {
	N        int    `json:"n"`
	Kind     string `json:"kind"`
	ID       string `json:"id,omitempty"`
	Op       string `json:"op,omitempty"`
	Name     string `json:"name,omitempty"`
	At       string `json:"at,omitempty"`
	Src      string `json:"src,omitempty"`
	In       []int  `json:"in,omitempty"`
	Fn       int    `json:"fn,omitempty"`
	Call     int32  `json:"call,omitempty"`
	Body     int    `json:"body,omitempty"`
	Within   int32  `json:"within,omitempty"`
	Type     string `json:"type,omitempty"`
	Value    string `json:"value,omitempty"`
	Degraded string `json:"degraded,omitempty"`
	Inferred bool   `json:"inferred,omitempty"`
	Count    int    `json:"count,omitempty"`

	Label   string `json:"label"`
	Reached bool   `json:"reached,omitempty"`
	Cut     bool   `json:"cut,omitempty"`
}

type jsonOutput struct {
	Feedback int    `json:"feedback"`
	Case     string `json:"case,omitempty"`
	Text     string `json:"text"`
}

// WriteJSON writes g as one JSON object on one line, for programs: every node
// is there, nothing is folded.
//
//	{"nodes":[…],"outputs":[…]}
//
// A node has the keys that it has in a trace file, and
//
//	label    the name of the value in the other renderings
//	reached  true if it is or comes from a parameter (optional)
//	cut      true if it has inputs that are not in the graph: then "in" is
//	         left out (optional)
//
// The numbers in "n", "in", "fn", "body" and "feedback" count the nodes of g from 1; 0 is
// an untracked value. An output has the keys feedback, case (optional) and text.
// The lines that a case executed belong to the [Case], not to its graph.
func (g *Graph) WriteJSON(w io.Writer) error {
	labels := newLabels(g, newCensus(g))
	bw := bufio.NewWriter(w)
	enc := func(first bool, v any) error {
		if !first {
			bw.WriteByte(',')
		}
		data, err := json.Marshal(v)
		bw.Write(data)
		return err
	}
	bw.WriteString(`{"nodes":[`)
	for i, n := range g.Nodes {
		j := jsonNode{
			N: i + 1, Kind: n.Kind, ID: n.ID, Op: n.Op, Name: n.Name, At: n.At, Src: n.Src,
			Fn: labels.place(n.Fn) + 1, Call: n.Call, Body: labels.place(n.Body) + 1, Within: n.Within, Type: n.Type, Value: n.Value,
			Degraded: n.Degraded, Inferred: n.Inferred, Count: n.Count,
			Label: labels.of(n), Reached: n.Reached, Cut: n.cut,
		}
		for _, in := range n.In {
			j.In = append(j.In, labels.place(in)+1)
		}
		if err := enc(i == 0, j); err != nil {
			return err
		}
	}
	bw.WriteString(`],"outputs":[`)
	for i, o := range g.Outputs {
		if err := enc(i == 0, jsonOutput{labels.place(o.Node) + 1, o.Case, o.Text}); err != nil {
			return err
		}
	}
	bw.WriteString("]}")
	return bw.Flush()
}
