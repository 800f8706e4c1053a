package tracefile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line, in bytes, that a Reader takes.
const MaxLine = 64 << 20

// A Reader reads a trace file line by line, in memory bounded by its longest
// line.
//
// The first key of a line names its kind; lines of unknown kinds and unknown
// keys are skipped. A file may hold several programs, one behind the other. It
// may be cut anywhere, as when its program was killed: the Reader ends with
// io.EOF after the last whole line, and Cut reports true.
type Reader struct {
	r      *bufio.Reader
	buf    []byte // a line that did not fit the buffer of r
	line   int
	header bool
	cut    bool
	err    error
}

// NewReader returns a Reader from r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 64<<10)}
}

// A SyntaxError is a line that is not one of a trace file.
type SyntaxError struct {
	Line int // counts from 1
	Err  error
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("trace file line %d: %v", e.Line, e.Err)
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// A VersionError says that a file was written by a newer program.
type VersionError struct {
	Version int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("trace file has version %d, this program reads up to %d (hint: use the tracegen that wrote it, or a newer one)", e.Version, Version)
}

// Line returns the number of the line that Next returned last.
func (r *Reader) Line() int { return r.line }

// Cut reports, once Next has returned io.EOF, whether the last line of the
// file is incomplete.
func (r *Reader) Cut() bool { return r.cut }

// Next returns the next line: a *Header, *Case, *Node, *Feedback or *End. It
// returns io.EOF at the end, a *SyntaxError for a malformed line (wrapping a
// *VersionError for a header of a later version), or the error of the
// underlying reader. Errors stick.
func (r *Reader) Next() (any, error) {
	for r.err == nil {
		text, whole, err := r.readLine()
		if err != nil {
			r.err = err
			break
		}
		rec, err := r.parse(text)
		if err != nil {
			if !whole && text[0] == '{' && !json.Valid(text) {
				r.cut, r.err = true, io.EOF
				break
			}
			r.err = &SyntaxError{r.line, err}
			break
		}
		if rec != nil {
			return rec, nil
		}
	}
	return nil, r.err
}

// readLine returns a line without its newline; whole tells whether it had
// one. The text is valid until the next call.
func (r *Reader) readLine() (text []byte, whole bool, err error) {
	r.line++
	r.buf = r.buf[:0]
	for {
		part, err := r.r.ReadSlice('\n')
		if err == nil {
			if len(r.buf) == 0 {
				return part[:len(part)-1], true, nil
			}
			r.buf = append(r.buf, part[:len(part)-1]...)
			return r.buf, true, nil
		}
		if len(r.buf)+len(part) > MaxLine {
			return nil, false, &SyntaxError{r.line, fmt.Errorf("longer than %d bytes", MaxLine)}
		}
		r.buf = append(r.buf, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && len(bytes.TrimSpace(r.buf)) > 0:
			return r.buf, false, nil
		default:
			r.line--
			return nil, false, err
		}
	}
}

// parse returns the record of a line; nil for a blank one and for unknown
// kinds.
func (r *Reader) parse(text []byte) (any, error) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil, nil
	}
	if text[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	if !json.Valid(text) {
		return nil, syntaxOf(text)
	}
	kind := firstKey(text)
	if !r.header && kind != "trace" {
		return nil, errors.New(`not a trace file: it does not begin with {"trace":…}`)
	}
	var rec interface{ check() error }
	switch kind {
	case "trace":
		rec = new(Header)
	case "case":
		rec = new(Case)
	case "n":
		rec = new(Node)
	case "feedback":
		rec = new(Feedback)
	case "end":
		rec = new(End)
	default:
		return nil, nil
	}
	if kind == "trace" {
		// Look at the version before anything else: a later one may have
		// changed the rest.
		var v struct {
			Trace int `json:"trace"`
		}
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, err
		}
		if v.Trace > Version {
			return nil, &VersionError{v.Trace}
		}
		r.header = true
	}
	if err := json.Unmarshal(text, rec); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return nil, fmt.Errorf("%q cannot be a JSON %s", te.Field, te.Value)
		}
		return nil, err
	}
	if err := rec.check(); err != nil {
		return nil, err
	}
	return rec, nil
}

func syntaxOf(text []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	return errors.New("malformed JSON")
}

// firstKey returns the first key of a JSON object that is known to be valid.
func firstKey(text []byte) string {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	rest = rest[1:]
	i := bytes.IndexByte(rest, '"')
	if i < 0 {
		return ""
	}
	return string(rest[:i])
}

func (h *Header) check() error {
	if h.Trace < 1 {
		return fmt.Errorf("%d is no version of the trace file", h.Trace)
	}
	return nil
}

func (c *Case) check() error {
	if c.Case < 1 {
		return fmt.Errorf("%d is no number of a case", c.Case)
	}
	if c.Parent < 0 {
		return fmt.Errorf("%d is no number of a parent", c.Parent)
	}
	return nil
}

func (n *Node) check() error {
	if n.N < 1 {
		return fmt.Errorf("%d is no number of a node", n.N)
	}
	if n.Case < 0 {
		return fmt.Errorf("%d is no number of a case", n.Case)
	}
	for _, in := range n.In {
		if in < 0 {
			return fmt.Errorf("%d is no number of an input", in)
		}
	}
	if n.Fn < 0 {
		return fmt.Errorf("%d is no number of a function", n.Fn)
	}
	if n.Call < 0 || n.Within < 0 {
		return fmt.Errorf("%d is no number of a call", firstNegative(n.Call, n.Within))
	}
	if n.Body < 0 {
		return fmt.Errorf("%d is no number of a node", n.Body)
	}
	if n.Count < 0 {
		return fmt.Errorf("%d is no count", n.Count)
	}
	switch n.Kind {
	case KindParam, KindInput, KindOp, KindException:
		return nil
	}
	return fmt.Errorf("%q is no kind of node (known: %s, %s, %s, %s)", n.Kind, KindParam, KindInput, KindOp, KindException)
}

func firstNegative(a, b int) int {
	if a < 0 {
		return a
	}
	return b
}

func (f *Feedback) check() error {
	if f.Feedback < 0 {
		return fmt.Errorf("%d is no number of a node", f.Feedback)
	}
	if f.Case < 0 {
		return fmt.Errorf("%d is no number of a case", f.Case)
	}
	return nil
}

func (e *End) check() error {
	if e.End < 0 {
		return fmt.Errorf("%d is no number of a case", e.End)
	}
	for _, lines := range e.Lines {
		if _, err := ParseLines(lines); err != nil {
			return err
		}
	}
	return nil
}
