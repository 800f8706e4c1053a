package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
)

// A Box confines programs at one level.
type Box struct {
	level Level
	wrap  []string
}

// New makes a box. The words of a wrapper are split by the caller.
func New(level Level, wrap []string) (*Box, error) {
	if !level.Confines() {
		return nil, fmt.Errorf("level %s confines nothing", level)
	}
	if level.Wrap != "" && len(wrap) == 0 {
		return nil, errors.New("a wrapper needs words")
	}
	return &Box{level, wrap}, nil
}

// Level is that of the box.
func (b *Box) Level() Level { return b.level }

// Wraps reports whether a command of the user's confines: what it passes on is
// its business.
func (b *Box) Wraps() bool { return len(b.wrap) > 0 }

// Networks reports whether programs can have a network of their own, with nothing
// in it but themselves and whoever listens for the caller.
func (b *Box) Networks() bool { return b.level.Name == Namespaces }

// Start starts cmd, which is complete, in place of its own method; waiting for it is
// as usual. The program runs when Start returns; the error says which layer could
// not be set up. The streams of cmd are files, and of its attributes a process group
// of its own is heeded, but for wrappers. The program dies with the thread that
// calls, to which the caller is locked.
//
// The listener listens in the network of the program, if the profile asks for it.
func (b *Box) Start(cmd *exec.Cmd, p Profile) (net.Listener, error) {
	if b.Wraps() {
		path, err := exec.LookPath(b.wrap[0])
		if err != nil {
			return nil, err
		}
		args := append(append([]string{}, b.wrap...), cmd.Path)
		cmd.Args = append(args, cmd.Args[1:]...)
		cmd.Path, cmd.Err = path, nil
		return nil, cmd.Start()
	}
	return start(cmd, p, layersOf(b.level.Name))
}
