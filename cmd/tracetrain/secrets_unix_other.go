//go:build unix && !linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// nameless is a file that is removed already and that exec leaves open.
func nameless() (int, error) {
	f, err := os.CreateTemp("", "tracetrain-")
	if err != nil {
		return -1, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return -1, err
	}
	return unix.Dup(int(f.Fd()))
}
