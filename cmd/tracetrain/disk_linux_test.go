package main

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"

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

// mountDisk makes dir a disk of that size, until the test ends.
func mountDisk(t *testing.T, dir, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// resizeDisk changes the size of such a disk to what it holds and so many bytes
// more.
func resizeDisk(t *testing.T, dir string, more int64) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	size := int64(st.Blocks-st.Bfree)*st.Bsize + more
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatal(err)
	}
}
