//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

func canMount() bool { return false }

func disk(ts *testscript.TestScript, neg bool, args []string) {
	ts.Fatalf("file systems are mounted on Linux only")
}
