package checker

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/optimizer"
)

// A request asks a child for one thing.
type request struct {
	Load   *load   `json:",omitempty"`
	Read   *read   `json:",omitempty"`
	Check  *check  `json:",omitempty"`
	Limits *Limits `json:",omitempty"` // of Read and Check
}

// load is how the program is loaded that all else is about.
type load struct {
	Dir      string
	Patterns []string
	Tags     string
	Env      []string
	Allow    []string // what every body may use beyond the default
}

// program names one that was made of the loaded one.
type program struct {
	Name  string
	Files map[string][]byte // absolute name → content, where it differs from what is on disk
	Sum   string            // of its parameters, as the parent has them
}

// read makes a proposal of an answer.
type read struct {
	Program program
	Text    string
	Offered []string // IDs of the parameters that the answer may be about
}

// check judges a proposal.
type check struct {
	Program program
	Assign  map[string]string
}

// A reply is what came of a request.
type reply struct {
	Loaded   *loaded                `json:",omitempty"`
	Proposal *optimizer.Proposal    `json:",omitempty"`
	Answer   *optimizer.AnswerError `json:",omitempty"` // why the answer is no proposal
	Verdict  *Verdict               `json:",omitempty"`
	Rejected *source.Rejection      `json:",omitempty"`
	Refused  string                 `json:",omitempty"` // why the texts cannot be put into their files
	Stale    bool                   `json:",omitempty"` // what was loaded is not what the parent has
	Broken   string                 `json:",omitempty"` // why nothing can be said; no fault of the text
	Over     outcome                `json:",omitempty"` // the limit at which the child ended itself
}

// loaded describes the program.
type loaded struct {
	Bytes int64 // of its source
	Heap  int64 // bytes in use for it
	Total int64 // bytes that the process has
}

// A Verdict is what the run needs of a proposal that is a candidate.
type Verdict struct {
	Code  source.Code
	Files map[string][]byte // absolute name → new content, of the files that change
	Runs  []source.RunCheck
}

// mark begins each message, so that whatever else gets into the pipe is seen.
const mark = "tracechk"

// maxMessage bounds one message, in bytes.
const maxMessage = 256 << 20

func writeMessage(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32([]byte(mark), uint32(len(data)))
	if len(data) > maxMessage {
		return fmt.Errorf("a message of %d bytes", len(data))
	}
	_, err = w.Write(append(head, data...))
	return err
}

func readMessage(r io.Reader, v any) error {
	head := make([]byte, len(mark)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[len(mark):])
	if string(head[:len(mark)]) != mark || n > maxMessage {
		return fmt.Errorf("no message: it begins with %q", head)
	}
	var data bytes.Buffer // grows with what comes, whatever was announced
	if _, err := io.CopyN(&data, r, int64(n)); err == io.EOF {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	return json.Unmarshal(data.Bytes(), v)
}
