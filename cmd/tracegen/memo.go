package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	"github.com/opto-go/trace/internal/fresh"
)

// A memo remembers what a command line was delivered, and from which files it
// was made, so that an unchanged program is not loaded and rewritten again.
// Whatever goes wrong with it costs time and nothing else.
type memo struct {
	file string // "" if there is none
}

// memoContent is what the file holds.
type memoContent struct {
	Delivery delivery
	Inputs   fresh.Inputs
	Outputs  fresh.Inputs
}

// memo finds the memo of a command line: its name follows from everything that
// decides about the result besides files.
func (c *command) memo(ctx context.Context, cfg gen.Config, flags []goFlag, extra []string) (*memo, error) {
	env, err := c.goEnv(ctx)
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return &memo{}, nil
	}
	self, err := os.Stat(exe)
	if err != nil {
		return &memo{}, nil
	}
	var vars []string
	for _, kv := range c.env {
		if strings.HasPrefix(kv, "GO") || strings.HasPrefix(kv, "CGO_") {
			vars = append(vars, kv)
		}
	}
	slices.Sort(vars)
	modfile, _ := last(flags, "modfile")
	mod, _ := last(flags, "mod")
	key, err := json.Marshal([]any{
		exe, self.Size(), self.ModTime().UnixNano(), env.all, vars, cfg.Dir, cfg.Patterns, cfg.Tags, cfg.BuildFlags,
		cfg.Tests, cfg.Level, cfg.All, modfile, mod, extra,
	})
	if err != nil {
		return nil, err
	}
	cache, err := overlay.CacheDir()
	if err != nil {
		return &memo{}, nil
	}
	sum := sha256.Sum256(key)
	return &memo{filepath.Join(cache, "memo", hex.EncodeToString(sum[:12])+".json")}, nil
}

// read returns the delivery of last time if all that it was made from is as it
// was then, and all that was written is still there; otherwise nil.
func (m *memo) read() *delivery {
	if m.file == "" {
		return nil
	}
	data, err := os.ReadFile(m.file)
	if err != nil {
		return nil
	}
	var c memoContent
	if json.Unmarshal(data, &c) != nil || len(c.Delivery.Flags) == 0 || !c.Inputs.Fresh() || !c.Outputs.Fresh() {
		return nil
	}
	now := time.Now()
	for dir := range c.Outputs.Stamps {
		os.Chtimes(dir, now, now) // in use: not to be swept
	}
	os.Chtimes(m.file, now, now)
	return &c.Delivery
}

// write remembers a delivery. outputs are the folders that it refers to.
func (m *memo) write(d *delivery, inputs fresh.Inputs, outputs ...string) {
	if m.file == "" {
		return
	}
	c := memoContent{Delivery: *d, Inputs: inputs}
	for _, dir := range outputs {
		if dir != "" {
			c.Outputs.Stamp(dir)
		}
	}
	data, err := json.Marshal(c)
	if err != nil {
		return
	}
	dir := filepath.Dir(m.file)
	if os.MkdirAll(dir, 0o777) != nil {
		return
	}
	tmp, err := os.CreateTemp(dir, ".memo-*")
	if err != nil {
		return
	}
	_, werr := tmp.Write(data)
	if cerr := tmp.Close(); werr != nil || cerr != nil || os.Rename(tmp.Name(), m.file) != nil {
		os.Remove(tmp.Name())
		return
	}
	sweep(dir, time.Now().Add(-keepOverlays))
}
