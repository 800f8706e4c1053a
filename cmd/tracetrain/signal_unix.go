//go:build unix

package main

import (
	"os"
	"syscall"
)

// stopSignals ask for a clean end.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
