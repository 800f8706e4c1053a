//go:build !linux

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func canMount() bool { return false }

func disk(ts *testscript.TestScript, neg bool, args []string) {
	ts.Fatalf("file systems are mounted on Linux only")
}

func mountDisk(t *testing.T, dir, size string) { t.Fatal("file systems are mounted on Linux only") }

func resizeDisk(t *testing.T, dir string, more int64) { mountDisk(t, dir, "") }
