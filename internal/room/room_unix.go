//go:build linux || darwin

package room

import (
	"syscall"

	"golang.org/x/sys/unix"
)

var fullErrors = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

// left is the room in bytes that the disk of dir has for users.
func left(dir string) (int64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || st.Blocks == 0 {
		return 0, false // some file systems do not tell
	}
	return int64(st.Bavail) * int64(st.Bsize), true
}
