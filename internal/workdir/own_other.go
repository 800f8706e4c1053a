//go:build !unix

package workdir

import "os"

// own reports whether dir is a folder. The directory for temporary files is
// the user's own here.
func own(dir string) bool {
	st, err := os.Lstat(dir)
	return err == nil && st.IsDir()
}
