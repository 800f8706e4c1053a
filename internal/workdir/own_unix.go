//go:build unix

package workdir

import (
	"os"
	"syscall"
)

// own reports whether dir is a folder of this user that is open to nobody else.
func own(dir string) bool {
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() || st.Mode().Perm()&0o077 != 0 {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Getuid()
}
