package main

import "golang.org/x/sys/unix"

// nameless is a file that lies in memory and that exec leaves open.
func nameless() (int, error) { return unix.MemfdCreate("environment", 0) }
