// Package filelock locks files between processes. A lock belongs to an open
// file and goes with the process that has it, however that ends: what a killed
// process had locked is free at once.
package filelock

import (
	"errors"
	"os"
)

// ErrBusy is the error of [Try] when another process, or another open file of
// this one, has the lock.
var ErrBusy = errors.New("it is locked by another process")

// Try locks f without waiting. The lock is released when f is closed. Where
// the system or the file system has no locks the error is
// [errors.ErrUnsupported].
func Try(f *os.File) error { return try(f) }
