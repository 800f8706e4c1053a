package sandbox

import (
	"errors"
	"fmt"
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

// Confine changes cmd, which is complete, so that it starts confined. The caller
// calls Started, or Failed, of what it returns; that is nil for wrappers.
func (b *Box) Confine(cmd *exec.Cmd, p Profile) (*Start, error) {
	if b.Wraps() {
		path, err := exec.LookPath(b.wrap[0])
		if err != nil {
			return nil, err
		}
		args := append(append([]string{}, b.wrap...), cmd.Path)
		cmd.Args = append(args, cmd.Args[1:]...)
		cmd.Path, cmd.Err = path, nil
		return nil, nil
	}
	return confine(cmd, p, layersOf(b.level.Name))
}
