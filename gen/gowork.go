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
	word := ""
	for _, kv := range env { // later entries win
		if v, ok := strings.CutPrefix(kv, "GOWORK="); ok {
			word = v
		}
	}
	switch word {
	case "":
	case "off":
		return ""
	default:
		return word
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
