package main

import (
	"os"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// canMount reports whether this process may mount file systems.
var canMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "mount-")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
})

// disk implements the command
//
//	disk dir size      makes dir a disk of that size
//	disk dir readonly  makes dir read-only
//	disk dir gone      takes that back
func disk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: disk dir size|readonly|gone")
	}
	dir := ts.MkAbs(args[0])
	switch args[1] {
	case "gone":
		ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH))
		return
	case "readonly":
		ts.Check(syscall.Mount(dir, dir, "", syscall.MS_BIND, ""))
		ts.Defer(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
		ts.Check(syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		return
	}
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]))
	ts.Defer(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}
