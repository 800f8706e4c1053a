//go:build !linux

package main

import "os"

func withoutSandbox() { os.Exit(99) }
