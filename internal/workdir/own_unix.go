//go:build unix

package workdir

import (
	"os"
	"syscall"
)

// own reports whether dir is a folder of this user in which nobody else can see
// or change anything; to pass through is fine.
func own(dir string) bool {
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() || st.Mode().Perm()&0o066 != 0 {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Getuid()
}
