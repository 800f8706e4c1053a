package tracefile

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"

	"github.com/opto-go/trace/runtime/internal/jsonline"
)

// A Writer writes a trace file, a line per call. It buffers; call Flush at the
// end, and whenever the file should be readable up to here. The first error
// sticks and is returned by every later call. A Writer is not safe for
// concurrent use.
type Writer struct {
	w    *bufio.Writer
	line []byte
	err  error
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 64<<10)}
}

// Header writes h. A zero h.Trace stands for Version.
func (w *Writer) Header(h Header) error {
	v := h.Trace
	if v == 0 {
		v = Version
	}
	b := jsonline.AppendInt(w.begin(), "trace", v)
	b = jsonline.AppendText(b, "program", h.Program)
	return w.end(jsonline.AppendText(b, "go", h.Go))
}

// Case writes c.
func (w *Writer) Case(c Case) error {
	b := jsonline.AppendInt(w.begin(), "case", c.Case)
	b = jsonline.AppendText(b, "name", c.Name)
	return w.end(optInt(b, "parent", c.Parent))
}

// Node writes n.
func (w *Writer) Node(n Node) error {
	b := jsonline.AppendInt(w.begin(), "n", n.N)
	b = jsonline.AppendInt(b, "case", n.Case)
	b = jsonline.AppendText(b, "kind", n.Kind)
	b = optText(b, "id", n.ID)
	b = optText(b, "op", n.Op)
	b = optText(b, "name", n.Name)
	b = optText(b, "at", n.At)
	b = optText(b, "src", n.Src)
	if len(n.In) > 0 {
		b = append(jsonline.AppendKey(b, "in"), '[')
		for i, in := range n.In {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, int64(in), 10)
		}
		b = append(b, ']')
	}
	b = optInt(b, "fn", n.Fn)
	b = optInt(b, "call", n.Call)
	b = optInt(b, "body", n.Body)
	b = optInt(b, "within", n.Within)
	b = optText(b, "type", n.Type)
	b = optText(b, "value", n.Value)
	b = optText(b, "degraded", n.Degraded)
	if n.Inferred {
		b = append(jsonline.AppendKey(b, "inferred"), "true"...)
	}
	return w.end(optInt(b, "count", n.Count))
}

// A Form is what the nodes that one place records have in common, encoded once:
// all but what Values has.
type Form struct{ head, mid, tail []byte }

// NewForm encodes what n has in common with others.
func NewForm(n Node) *Form {
	// Each part begins with a comma, as members after the first do.
	head := jsonline.AppendText(nil, "kind", n.Kind)
	head = optText(head, "id", n.ID)
	head = optText(head, "op", n.Op)
	head = optText(head, "name", n.Name)
	head = optText(head, "at", n.At)
	head = optText(head, "src", n.Src)
	tail := optText([]byte{' '}, "degraded", n.Degraded)
	if n.Inferred {
		tail = append(jsonline.AppendKey(tail, "inferred"), "true"...)
	}
	return &Form{head, optText([]byte{' '}, "type", n.Type)[1:], tail[1:]}
}

// Values are the parts of a Node that a Form leaves open.
type Values struct {
	N, Case            int
	In                 []uint32
	Fn                 int
	Call, Body, Within int
	Value              string
	Count              int
}

// Fill writes the node that has v beside what f says.
func (w *Writer) Fill(f *Form, v *Values) error {
	b := append(w.line[:0], `{"n":`...)
	b = strconv.AppendInt(b, int64(v.N), 10)
	b = append(b, `,"case":`...)
	b = strconv.AppendInt(b, int64(v.Case), 10)
	b = append(append(b, ','), f.head...)
	for i, in := range v.In {
		if i == 0 {
			b = append(b, `,"in":[`...)
		} else {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(in), 10)
	}
	if len(v.In) > 0 {
		b = append(b, ']')
	}
	b = optInt(b, "fn", v.Fn)
	b = optInt(b, "call", v.Call)
	b = optInt(b, "body", v.Body)
	b = optInt(b, "within", v.Within)
	b = append(b, f.mid...)
	if v.Value != "" {
		b = append(b, `,"value":`...)
		b = jsonline.AppendString(b, v.Value)
	}
	b = append(b, f.tail...)
	return w.end(optInt(b, "count", v.Count))
}

// Feedback writes f.
func (w *Writer) Feedback(f Feedback) error {
	b := jsonline.AppendInt(w.begin(), "feedback", f.Feedback)
	b = jsonline.AppendInt(b, "case", f.Case)
	return w.end(jsonline.AppendText(b, "text", f.Text))
}

// End writes e. A score that is not finite is a failure: it is left out, and
// the result becomes fail.
func (w *Writer) End(e End) error {
	result, score := e.Result, e.Score
	if score != nil && (math.IsNaN(*score) || math.IsInf(*score, 0)) {
		result, score = ResultFail, nil
	}
	b := jsonline.AppendInt(w.begin(), "end", e.End)
	b = jsonline.AppendText(b, "result", result)
	if score != nil {
		b = jsonline.AppendFloat(b, "score", *score)
	}
	if len(e.Lines) > 0 {
		files := make([]string, 0, len(e.Lines))
		for f := range e.Lines {
			files = append(files, f)
		}
		sort.Strings(files)
		b = append(jsonline.AppendKey(b, "lines"), '{')
		for _, f := range files {
			b = jsonline.AppendText(b, f, e.Lines[f])
		}
		b = append(b, '}')
	}
	if e.Spent {
		b = append(jsonline.AppendKey(b, "spent"), "true"...)
	}
	return w.end(b)
}

// Write writes a line as Next of a Reader returns it.
func (w *Writer) Write(line any) error {
	switch l := line.(type) {
	case *Header:
		return w.Header(*l)
	case *Case:
		return w.Case(*l)
	case *Node:
		return w.Node(*l)
	case *Feedback:
		return w.Feedback(*l)
	case *End:
		return w.End(*l)
	}
	return fmt.Errorf("trace file has no line of type %T", line)
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}

func (w *Writer) begin() []byte { return append(w.line[:0], '{') }

func (w *Writer) end(b []byte) error {
	w.line = append(b, '}', '\n')
	if w.err == nil {
		_, w.err = w.w.Write(w.line)
	}
	return w.err
}

func optInt(b []byte, key string, v int) []byte {
	if v == 0 {
		return b
	}
	return jsonline.AppendInt(b, key, v)
}

func optText(b []byte, key, v string) []byte {
	if v == "" {
		return b
	}
	return jsonline.AppendText(b, key, v)
}
