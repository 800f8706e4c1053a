package checker

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
)

// Name is the first argument of a child; the second names the folder of its run, for
// people who look at processes. No other program has that name.
const Name = "tracetrain checker"

func init() {
	if len(os.Args) == 2 && os.Args[0] == Name {
		out := os.Stdout
		os.Stdout = os.Stderr // what some package prints is no reply
		Serve(os.Stdin, out, nil)
	}
}

// Exit statuses of a child.
const (
	codeOver = 3 // it was over a limit
	codeBad  = 4 // it could not understand or answer
)

// maxStack bounds the stack of a goroutine, in bytes. The runtime's own bound is sixteen times
// that, which takes long to fill.
const maxStack = 64 << 20

// Serve is the life of a child: it answers requests until its input ends, as it does
// when the parent is gone, and then ends the process, whatever it is doing. before,
// if not nil, is given each text before it is looked at: tests misbehave there.
func Serve(in io.Reader, out io.Writer, before func(text string)) {
	debug.SetMaxStack(maxStack)
	c := &child{out: out, before: before}
	requests := make(chan *request)
	go func() {
		for {
			req := new(request)
			if err := readMessage(in, req); err == io.EOF {
				os.Exit(0)
			} else if err != nil {
				fmt.Fprintln(os.Stderr, "reading a request:", err)
				os.Exit(codeBad)
			}
			requests <- req
		}
	}()
	for req := range requests {
		stop := c.watch(req.Limits)
		r := c.answer(req)
		stop()
		c.reply(r)
	}
}

// A child answers one request at a time.
type child struct {
	before func(string)
	prog   *programs

	mu  sync.Mutex // around replies
	out io.Writer
}

func (c *child) reply(r *reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := writeMessage(c.out, r); err != nil {
		fmt.Fprintln(os.Stderr, "writing a reply:", err)
		os.Exit(codeBad)
	}
}

// end is the last reply, of a child that is over a limit.
func (c *child) end(over outcome) {
	c.reply(&reply{Over: over})
	os.Exit(codeOver)
}
