// Package room tells a disk that is full from other failures: what fails for
// want of room says nothing about the program.
package room

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

// ErrFull is what errors of this package wrap.
var ErrFull = errors.New("no space left on device")

// Full reports whether an error is one of a disk that is full.
func Full(err error) bool {
	return errors.Is(err, ErrFull) || slices.ContainsFunc(fullErrors, func(e syscall.Errno) bool { return errors.Is(err, e) })
}

// said matches what the tools of Go pass on of the system's errors, at the end
// of a line. What is said about a position in a source quotes that source.
var (
	said     = regexp.MustCompile(`(?i): (no space left on device|disk quota exceeded|file too large|there is not enough space on the disk\.?)\r?$`)
	position = regexp.MustCompile(`^[^\s:]+\.go:[0-9]+`)
)

// Said returns the line of a tool's output that tells of a full disk, empty if
// there is none.
func Said(output string) string {
	for line := range strings.SplitSeq(output, "\n") {
		if said.MatchString(line) && !position.MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// least is what a directory for temporary files must have left for a failure
// not to be one of the disk.
const least = 1 << 20

// Check returns an error if the disk of dir has next to no room left.
func Check(dir string) error {
	if n, ok := left(dir); ok && n < least {
		return fmt.Errorf("%s: %w", dir, ErrFull)
	}
	return nil
}
