// Package report writes to the result pipe, by which a program under training
// tells tracetrain its scores and feedback.
//
// The pipe is the file descriptor named by TRACE_RESULT_FD. Each report is one
// line of JSON behind the word in TRACE_RESULT_KEY, written with one system call:
//
//	{"score":0.7,"name":"TestPlay/seed=3"}
//	{"score":null,"bad":"NaN","name":"TestPlay/seed=3"}
//	{"feedback":"two of five found","name":"TestPlay/seed=3"}
//
// The name is that of the case, empty for a main program. Without the
// variable, or if the descriptor is not a pipe or a socket, there is no pipe
// and nothing is written.
package report

import (
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/opto-go/trace/runtime/internal/jsonline"
)

// Env names the environment variable that holds the file descriptor.
const Env = "TRACE_RESULT_FD"

// EnvKey names the environment variable that holds the word with which every line
// begins, so that tracetrain knows who wrote it.
const EnvKey = "TRACE_RESULT_KEY"

// A Pipe is where reports go. A nil Pipe is no pipe at all.
type Pipe struct {
	mu  sync.Mutex
	w   io.Writer
	key string
}

// NewPipe returns a pipe that writes to w; nil if w is nil.
func NewPipe(w io.Writer) *Pipe {
	if w == nil {
		return nil
	}
	return &Pipe{w: w}
}

// EnvParent names the environment variable that holds the process id of
// whoever reads the pipe. A program that runs itself again passes the variables
// on, and perhaps a pipe of its own under the same number: only the child of
// the reader reports. Behind a wrapper of the user's, which has a number that
// nobody knows before, it is "any".
const EnvParent = "TRACE_RESULT_PARENT"

// std is looked up when the program starts: later the number may belong to a
// file of the program itself.
var std = lookUp(os.Getenv, os.Getppid())

func lookUp(getenv func(string) string, ppid int) *Pipe {
	if p := getenv(EnvParent); p != "" && p != "any" && p != strconv.Itoa(ppid) {
		return nil
	}
	p := fromEnv(getenv(Env))
	if p != nil {
		p.key = getenv(EnvKey)
	}
	return p
}

func fromEnv(value string) *Pipe {
	fd, err := strconv.ParseUint(value, 10, 32)
	if err != nil || fd <= 2 {
		return nil
	}
	// A child of the program inherits the variable but not the descriptor;
	// whatever has its number there is none of our business.
	f := os.NewFile(uintptr(fd), "result pipe")
	if f == nil {
		return nil
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		keep = append(keep, f)
		return nil
	}
	closeOnExec(uintptr(fd))
	return NewPipe(f)
}

// keep holds files that are not ours: an unreachable os.File is closed.
var keep []*os.File

// Available reports whether there is a result pipe.
func Available() bool { return std != nil }

// Score reports a score on the result pipe. It reports whether there is one;
// the error is that of writing to it.
func Score(name string, v float64) (bool, error) { return std.Score(name, v) }

// Feedback reports a text on the result pipe. It reports whether there is one;
// the error is that of writing to it.
func Feedback(name, text string) (bool, error) { return std.Feedback(name, text) }

// Score is like the function Score.
func (p *Pipe) Score(name string, v float64) (bool, error) {
	if p == nil {
		return false, nil
	}
	b := jsonline.AppendFloat([]byte{'{'}, "score", v)
	if b[len(b)-1] == 'l' { // null
		b = jsonline.AppendText(b, "bad", strconv.FormatFloat(v, 'g', -1, 64))
	}
	return true, p.line(jsonline.AppendText(b, "name", name))
}

// Feedback is like the function Feedback.
func (p *Pipe) Feedback(name, text string) (bool, error) {
	if p == nil {
		return false, nil
	}
	b := jsonline.AppendText([]byte{'{'}, "feedback", text)
	return true, p.line(jsonline.AppendText(b, "name", name))
}

func (p *Pipe) line(b []byte) error {
	b = append(b, '}', '\n')
	if p.key != "" {
		b = append([]byte(p.key+" "), b...)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.w.Write(b)
	return err
}
