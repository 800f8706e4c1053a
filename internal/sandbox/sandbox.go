// Package sandbox starts programs so that they can do as little as they need. It
// knows nothing of training.
//
// There are levels, strongest first. Namespaces gives the program a machine of
// its own: no process, network, file or user but its own is there. Landlock
// leaves it where it is and has the kernel refuse what it may not do. Both are
// set up by package launch in the process that becomes the program, and both do not
// start the program at all if a layer is missing. A wrapper is a command of the
// user's that confines in its way. Docs/sandbox.md says what each level stops
// and what it misses.
package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Names of the levels.
const (
	Namespaces = "namespaces"
	Landlock   = "landlock"
	Weak       = "weak"
	None       = "none"
	wrapMark   = "cmd:"
)

// A Level says how programs are confined.
type Level struct {
	Name string // one of the names, or cmd:WORDS as it was given
	Wrap string // the words of a wrapper; empty: there is none
}

func (l Level) String() string { return l.Name }

// Confines reports whether this package confines programs of the level: by its
// own means or through a wrapper.
func (l Level) Confines() bool {
	return l.Wrap != "" || l.Name == Namespaces || l.Name == Landlock
}

// ErrLevel is the error of [Parse].
var ErrLevel = errors.New("no such level")

// Parse reads a level as people write it.
func Parse(text string) (Level, error) {
	if words, ok := strings.CutPrefix(text, wrapMark); ok {
		if strings.TrimSpace(words) == "" {
			return Level{}, fmt.Errorf("%w: no command stands behind %s", ErrLevel, wrapMark)
		}
		return Level{Name: text, Wrap: words}, nil
	}
	switch text {
	case Namespaces, Landlock, Weak, None:
		return Level{Name: text}, nil
	}
	return Level{}, ErrLevel
}

// A Profile is what a program may have.
type Profile struct {
	Home  string   // an existing directory that is its own; it has a directory tmp
	Read  []string // files and directories that it may read
	Hide  []string // of these, what it may not
	Write []string // existing directories in which it leaves what the caller reads

	Loopback bool   // sockets, which reach no further than the program itself
	Listen   string // with Loopback: where the caller listens beside it

	Limits Limits
}

// Limits bound one program. Zero values mean no limit.
type Limits struct {
	Data int64         // bytes of memory that hold data
	File int64         // bytes of any one file
	CPU  time.Duration // processor time
}

// What a program may have in any case.
const (
	homeSize    = 512 << 20 // bytes in its own directory, which are in memory
	homeFiles   = 64 << 10
	descriptors = 4096
	threads     = 1024
)
