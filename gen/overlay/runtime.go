package overlay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	embedded "github.com/opto-go/trace"
)

// runtimeGoMod is the go.mod of the unpacked runtime. Type parameters need
// go 1.18. Main modules with a lower go line can require it: the go command
// compares go lines from 1.21 on only.
const runtimeGoMod = "module " + Module + "\n\ngo 1.18\n"

// unpack writes the runtime to cacheDir and returns its directory. Directories
// are named by content and appear by one rename, so any number of processes
// may do this at a time; what is there already is compared before it is used.
func unpack(source []embedded.File, cacheDir string) (string, error) {
	files := moduleFiles(source)
	var err error
	if cacheDir == "" {
		if cacheDir, err = CacheDir(); err != nil {
			return "", err
		}
	}
	if err := os.MkdirAll(cacheDir, 0o777); err != nil {
		return "", err
	}
	if cacheDir, err = realDir(cacheDir); err != nil {
		return "", err
	}
	dir := filepath.Join(cacheDir, "runtime-"+digest(files))
	if holds(dir, files) {
		return dir, nil
	}

	tmp, err := os.MkdirTemp(cacheDir, ".runtime-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "new")
	for _, name := range sortedKeys(files) {
		file := filepath.Join(fresh, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, files[name], 0o644); err != nil {
			return "", err
		}
	}
	// A second try is needed when a damaged directory is in the way, or when
	// another process was faster.
	for try := 0; try < 3; try++ {
		if err = os.Rename(fresh, dir); err == nil || holds(dir, files) {
			return dir, nil
		}
		old := filepath.Join(tmp, fmt.Sprintf("old%d", try))
		if rerr := os.Rename(dir, old); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			return "", rerr
		}
	}
	return "", err
}

// CacheDir returns the directory in which the commands keep what they can make
// again: the user cache directory's trace.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory: %w", err)
	}
	return filepath.Join(dir, "trace"), nil
}

// moduleFiles returns the files of the runtime's module: slash-separated name →
// content.
func moduleFiles(source []embedded.File) map[string][]byte {
	files := map[string][]byte{"go.mod": []byte(runtimeGoMod)}
	for _, f := range source {
		files[f.Name] = f.Data
	}
	return files
}

// digest names the content of files.
func digest(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// holds reports whether dir holds exactly files.
func holds(dir string, files map[string][]byte) bool {
	n := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		want, ok := files[filepath.ToSlash(rel)]
		if !ok {
			return fmt.Errorf("%s does not belong", rel)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s differs", rel)
		}
		n++
		return nil
	})
	return err == nil && n == len(files)
}
