//go:build !unix

package main

import "os"

// stopSignals ask for a clean end.
var stopSignals = []os.Signal{os.Interrupt}
