package differential

import (
	"os/exec"
	"strings"
	"testing"
)

// raceDetector reports whether this installation can build with -race.
func raceDetector(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("go", "env", "CGO_ENABLED", "CC").Output()
	if err != nil {
		t.Fatal(err)
	}
	enabled, cc, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if f := strings.Fields(cc); enabled == "1" && len(f) > 0 {
		if _, err := exec.LookPath(f[0]); err == nil {
			return true
		}
	}
	t.Log("not compared under the race detector, which needs a C compiler")
	return false
}
