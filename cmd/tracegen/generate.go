package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/overlay"
	"github.com/opto-go/trace/gen/wrapper"
	"github.com/opto-go/trace/internal/ui"
)

// genOptions are the flags of tracegen without a command.
type genOptions struct {
	patterns []string
	diff     bool
	notes    bool
	out      string
}

// generate writes trace_gen.go files, or with -o the rewritten source.
func (c *command) generate(ctx context.Context, opt genOptions) error {
	if opt.diff && opt.out != "" {
		return ui.Errorf("-d does not go with -o").WithHint("-d is about trace_gen.go, -o about the rewritten source")
	}
	if _, err := c.inModule(ctx); err != nil {
		return err
	}
	if opt.notes || opt.out != "" {
		in, err := c.instrumented(ctx, gen.Config{
			Dir: c.dir, Patterns: opt.patterns, Tags: c.tags, Env: c.env, Tests: true,
		}, nil)
		if err != nil {
			return err
		}
		if opt.notes {
			writeNotes(c.stderr, c.dir, in.out.Notes)
		}
		if opt.out != "" {
			return c.writeSource(in, c.path(opt.out))
		}
	}
	if opt.notes && !opt.diff && !c.isPackage(gen.RuntimePath) {
		// Wrappers are for those who hold nodes themselves. Who only records
		// needs neither them nor the requirement.
		ui.Note(c.stderr, progName, "trace_gen.go is not written: the module does not require %s, and recording does not need it", overlay.Module)
		return nil
	}
	return ui.Exit(wrapper.Run(ctx, wrapper.Options{
		Dir: c.dir, Tags: c.tags, Patterns: opt.patterns, Diff: opt.diff, Stdout: c.stdout, Stderr: c.stderr,
	}))
}

// writeSource writes the rewritten files to dir, to read.
func (c *command) writeSource(in *instrumented, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return ui.Errorf("-o: %w", err)
	}
	prog := in.prog
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return ui.Errorf("-o: %w", err)
	}
	// Go files below the module would be packages of it.
	if rel, err := filepath.Rel(prog.ModRoot, real); err == nil && filepath.IsLocal(rel) && !ignored(rel) {
		os.Remove(dir) // if it is empty, we made it
		return ui.Errorf("-o: %s is inside the module, and its files would be packages of it", rel).
			WithHint("choose a directory outside, or one whose name begins with _ or a dot")
	}
	ov, err := overlay.Write(in.files(), overlay.Options{
		Dir: real, ModRoot: prog.ModRoot, ModPath: prog.ModPath, GoMod: prog.GoMod, GoWork: prog.GoWork,
		Runtime: true, Readable: true,
	})
	if err != nil {
		return err
	}
	ui.Note(c.stderr, progName, "%d files in %s; build with: go build %s", len(in.out.Files), dir, strings.Join(ov.Flags, " "))
	return nil
}

// ignored reports whether the go command ignores the directory rel of a module.
func ignored(rel string) bool {
	for _, elem := range strings.Split(filepath.ToSlash(rel), "/") {
		if strings.HasPrefix(elem, "_") || strings.HasPrefix(elem, ".") && elem != "." || elem == "testdata" {
			return true
		}
	}
	return false
}

// writeNotes prints what the rewriting decided.
func writeNotes(w io.Writer, dir string, notes []gen.Note) {
	for _, n := range notes {
		file := n.Pos.Filename
		if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
			file = rel
		}
		fmt.Fprintf(w, "%s:%d:%d: ", file, n.Pos.Line, n.Pos.Column)
		switch n.Kind {
		case gen.NoteFlow:
			fmt.Fprintf(w, "%s is followed: %s\n", n.Func, n.Reason)
		case gen.NoteOpaque:
			fmt.Fprintf(w, "%s is opaque: %s\n", n.Func, n.Reason)
		default:
			fmt.Fprintf(w, "%s: %s: %s\n", n.Func, n.Kind, n.Reason)
		}
	}
}
