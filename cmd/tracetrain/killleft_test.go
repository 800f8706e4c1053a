package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// left lists what is in the directory for temporary files.
func (k *killTest) left() []string {
	k.Helper()
	entries, err := os.ReadDir(k.tmp)
	if err != nil {
		k.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// processes lists what runs in the name of this test.
func (k *killTest) processes() []string {
	var list []string
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		list = nil
		names, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, name := range names {
			environ, err := os.ReadFile(name)
			// What checks proposals has no variables but its folder.
			if err != nil || !bytes.Contains(environ, []byte("KILL_LOG="+k.starts)) && !bytes.Contains(environ, []byte("TMPDIR="+k.tmp)) {
				continue
			}
			cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
			list = append(list, strings.ReplaceAll(string(cmdline), "\x00", " "))
		}
		// A process that was killed needs a moment to go.
		if len(list) == 0 || time.Now().After(end) {
			return list
		}
	}
}

// tree is the sum of everything in the module.
func (k *killTest) tree() string {
	k.Helper()
	h := sha256.New()
	err := filepath.WalkDir(k.module, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path[len(k.module):], len(data), data)
		return err
	})
	if err != nil {
		k.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

var processesLeft = regexp.MustCompile(`removed what killed runs had left: .*, (\d+) process`)
