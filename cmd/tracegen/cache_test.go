package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opto-go/trace/gen/overlay"
)

func TestOverlayDir(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	t.Setenv("LocalAppData", cache)
	files := func(text string) map[string][]byte {
		return map[string][]byte{"/m/a.go": []byte(text), "/m/b.go": nil}
	}
	dir := func(text, goMod string) string {
		t.Helper()
		d, err := overlayDir(files(text), overlay.Options{GoMod: goMod})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a := dir("package a", "/m/go.mod")
	if dir("package a", "/m/go.mod") != a {
		t.Error("equal content, two directories")
	}
	b := dir("package b", "/m/go.mod")
	if b == a || dir("package a", "/n/go.mod") == a {
		t.Error("different content, one directory")
	}

	// What nobody used for long goes; a use counts.
	old := time.Now().Add(-2 * keepOverlays)
	for _, d := range []string{a, b} {
		if err := os.Chtimes(d, old, old); err != nil {
			t.Fatal(err)
		}
	}
	dir("package a", "/m/go.mod")
	if _, err := os.Stat(a); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", filepath.Base(b), err)
	}
}
