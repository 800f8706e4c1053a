//go:build !linux

package sandbox

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"runtime"
)

var errSystem = errors.New("there is no such thing on " + runtime.GOOS)

type layers struct{}

func layersOf(string) layers { return layers{} }

func start(*exec.Cmd, Profile, layers) (net.Listener, error) { return nil, errSystem }

// Probe says why a level does not work here.
func Probe(context.Context, string) error { return errSystem }

// ProbeFilter says why the system call filter does not work here.
func ProbeFilter(context.Context) error { return errSystem }

// HasProc reports whether programs in namespaces have a /proc.
func HasProc(context.Context) bool { return false }

// LandlockVersion is that of the kernel's interface, 0 if it has none.
func LandlockVersion() int { return 0 }
