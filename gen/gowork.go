package gen

import (
	"os"
	"path/filepath"
	"strings"
)

// goWork finds the go.work file in use as the go command does: GOWORK, else
// the nearest one upwards.
func goWork(cfg Config) string {
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "GOWORK="); ok && v != "" {
			if v == "off" {
				return ""
			}
			return v
		}
	}
	for dir := cfg.Dir; ; {
		f := filepath.Join(dir, "go.work")
		if st, err := os.Stat(f); err == nil && !st.IsDir() {
			return f
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
