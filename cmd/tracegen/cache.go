package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/opto-go/trace/gen/overlay"
)

// keepOverlays is how long an overlay that nobody used stays in the cache.
const keepOverlays = 7 * 24 * time.Hour

// overlayDir returns the cache directory for an overlay. It follows from the
// content, so that processes at work on different content never meet, and
// equal content finds the build cache hot. Directories that were not used for
// long are removed.
func overlayDir(files map[string][]byte, opt overlay.Options) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q\n", opt.GoMod, opt.GoWork, opt.Mod, opt.Extra)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(h, "%q %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	cache, err := overlay.CacheDir()
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "overlay")
	dir := filepath.Join(root, hex.EncodeToString(h.Sum(nil)[:12]))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	now := time.Now()
	if err := os.Chtimes(dir, now, now); err != nil {
		return "", err
	}
	sweep(root, now.Add(-keepOverlays))
	return dir, nil
}

// sweep removes directories below root that were last used before t. Failures
// do not matter: another process may be at it.
func sweep(root string, t time.Time) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && fi.ModTime().Before(t) {
			os.RemoveAll(filepath.Join(root, e.Name()))
		}
	}
}
