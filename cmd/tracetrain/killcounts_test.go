package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/train/journal"
)

// run is the journal, nil if the process was killed before there was one.
func (k *killTest) run() *journal.Run {
	k.Helper()
	dirs, err := filepath.Glob(filepath.Join(k.runs, "*", journal.File))
	if err != nil || len(dirs) > 1 {
		k.Fatalf("journals: %q, %v", dirs, err)
	}
	if len(dirs) == 0 {
		return nil
	}
	run, err := journal.Open(filepath.Dir(dirs[0]))
	if err != nil {
		k.Fatalf("the journal does not open: %v", err)
	}
	return run
}

// began counts the processes of the program under training, by value.
func (k *killTest) began() map[string]int {
	k.Helper()
	data, err := os.ReadFile(k.starts)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.Fatal(err)
	}
	n := map[string]int{}
	for _, v := range strings.Fields(string(data)) {
		n[v]++
	}
	return n
}

// evaluated counts the evaluations that the journal holds, by value.
func (k *killTest) evaluated(run *journal.Run) map[string]int {
	k.Helper()
	n := map[string]int{}
	if run == nil {
		return n
	}
	for range run.Originals {
		n["1000"]++
	}
	if run.Compared != nil {
		n["1000"]++
	}
	value := map[journal.Hash]string{}
	for _, c := range run.Candidates {
		for _, h := range c.Assign {
			src, err := run.Blob(h)
			if err != nil {
				k.Fatal(err)
			}
			value[c.Hash] = string(returned.FindSubmatch(src)[1])
		}
		if c.Results != "" {
			n[value[c.Hash]]++
		}
	}
	for _, v := range run.Verified {
		n[value[v.Hash]]++
	}
	return n
}

// answered holds the keys whose answers the journal has.
func answered(run *journal.Run) map[llm.Key]bool {
	keys := map[llm.Key]bool{}
	if run != nil {
		for _, c := range run.Calls {
			if c.Answer != "" {
				keys[c.Key] = true
			}
		}
	}
	return keys
}
