package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInterruptedLoad cancels before anything runs: no error of the loading
// that broke off is shown, only why it did.
func TestInterruptedLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/u\n\ngo 1.21\n",
		"main.go": "package main\n\n//trace:bundle\nfunc f() {}\n\nfunc main() { f() }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"-C", dir, "run", "."}, {"-C", dir, "test", "."}, {"-C", dir, "-v"}} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, args, strings.NewReader(""), &stdout, &stderr, append(os.Environ(), "GOWORK=off"))
		if code != 1 || stderr.String() != "tracegen: interrupted\n" || stdout.Len() > 0 {
			t.Errorf("%v: code %d, stdout %q, stderr %q", args, code, stdout.String(), stderr.String())
		}
	}
}
