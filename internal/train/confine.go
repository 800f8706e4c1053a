package train

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/llm"
	"github.com/opto-go/trace/internal/sandbox"
	"github.com/opto-go/trace/internal/ui"
)

// embedded is the level of runs in which no code of a model runs and nobody asked
// for a sandbox.
const embedded = "embedded"

// checkSandbox refuses a level that does not exist.
func (o *Options) checkSandbox() error {
	for _, name := range o.readable() {
		if _, err := os.Stat(name); err != nil {
			return ui.Errorf("-read: %w", err)
		}
	}
	if o.Sandbox == "" {
		return nil
	}
	level, err := sandbox.Parse(o.Sandbox)
	if err != nil {
		return ui.Errorf("-sandbox %s: %w", o.Sandbox, err).
			WithHint("there are namespaces, landlock, weak, none, and cmd:WORDS for a command of yours that confines; tracetrain doctor says what works here")
	}
	if level.Wrap != "" {
		if _, err := llm.SplitWords(level.Wrap); err != nil {
			return ui.Errorf("-sandbox cmd: %w", err)
		}
	}
	return nil
}

// readable are the files and directories of -read by their absolute names.
func (o *Options) readable() []string {
	var list []string
	for _, name := range o.Read {
		if !filepath.IsAbs(name) {
			name = filepath.Join(o.Dir, name)
		}
		list = append(list, name)
	}
	return list
}

// chooseSandbox makes the box that programs run in: that which was asked for, or
// the strongest that works here if a model writes code. There is none if neither
// is the case, nor at the levels weak and none.
func (o *Options) chooseSandbox(ctx context.Context, spec llm.Spec) error {
	o.level = sandbox.Level{Name: embedded}
	switch {
	case o.Sandbox != "":
		o.level, _ = sandbox.Parse(o.Sandbox) // was checked
	case spec.Provider != llm.None:
		level, err := sandbox.Strongest(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return ui.Errorf("code written by a model would run here without a sandbox, as none works:\n%w", err).
				WithHint("tracetrain doctor says more; -sandbox weak runs it with your rights and limits on memory and time, -sandbox 'cmd:…' in a command of yours that confines, such as bwrap or docker")
		}
		o.level = level
	}
	if !o.level.Confines() {
		return nil
	}
	var words []string
	if o.level.Wrap != "" {
		words, _ = llm.SplitWords(o.level.Wrap) // was checked
	} else if err := sandbox.Probe(ctx, o.level.Name); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return ui.Errorf("-sandbox %s does not work here: %w", o.level, err).WithHint("tracetrain doctor says what does")
	}
	box, err := sandbox.New(o.level, words)
	if err != nil {
		return ui.Errorf("-sandbox: %w", err)
	}
	o.box = box
	if missing := o.unsaidReads(); len(missing) > 0 && !box.Wraps() {
		return ui.Errorf("programs of the run could read %s, and the journal may not open files of this machine by itself", listText(missing, 5)).
			WithHint("if that is all right, say it again: -read %s", strings.Join(missing, " -read "))
	}
	return o.fitsSandbox()
}

// unsaidReads are those of the run that goes on or is replayed that nobody named
// again.
func (o *Options) unsaidReads() []string {
	return slices.DeleteFunc(slices.Clone(o.couldRead), func(name string) bool { return slices.Contains(o.Read, name) })
}

// fitsSandbox refuses what a run cannot have in its sandbox.
func (o *Options) fitsSandbox() error {
	switch {
	case o.box.Wraps():
	case o.ScoreCmd != "":
		return ui.Errorf("-score-cmd and -sandbox %s do not go together: the command has your rights, and so has what it starts of a candidate", o.level).
			WithHint("if that is all right for this program, add -sandbox weak; -sandbox 'cmd:…' runs the command itself in one of yours that confines")
	case o.Proxy && !o.box.Networks():
		return ui.Errorf("-proxy does not go together with -sandbox %s, which has no network of its own: a program that reaches the proxy would reach everything", o.level).
			WithHint("-sandbox namespaces does, where it works (tracetrain doctor tells); -sandbox weak does without")
	}
	return nil
}

// confine says how the programs of a unit run. What they leave for us lies in
// write.
func (s *session) confine(u *unit, opt *build.RunOptions, write ...string) {
	box := s.opt.box
	if box == nil {
		return
	}
	c := &build.Confinement{Box: box}
	c.Profile.Read = append(s.inside.readable(opt.Dir), testdata(opt.Dir, s.base.prog.ModRoot)...)
	c.Profile.Read = append(c.Profile.Read, s.inside.read...)
	c.Profile.Hide = s.inside.hidden(c.Profile.Read)
	c.Profile.Write = write
	c.Profile.Loopback = s.inside.network
	if s.proxy != nil && box.Networks() {
		c.Profile.Loopback, c.Profile.Listen = true, s.proxy.Address()
		c.Serve = func(l net.Listener) { s.proxy.Serve(l) }
	}
	opt.Confine = c
}

// An inside is what all programs of a run have in their sandbox.
type inside struct {
	read    []string // beside the directory in which they start
	never   []string // what no program gets to see, unless -read names what lies in it
	network bool     // the code uses one
	home    string
}

func (s *session) newInside() *inside {
	in := &inside{home: s.opt.getenv("HOME")}
	in.read = append(in.read, filepath.Join(s.builder.GoRoot(), "lib", "time", "zoneinfo.zip"), "/usr/share/zoneinfo", "/etc/localtime")
	in.read = append(in.read, s.opt.readable()...)
	in.never = []string{in.home, s.work.Path, s.opt.Runs}
	for _, p := range s.base.prog.Packages {
		for path := range p.Imports {
			in.network = in.network || path == "net" || strings.HasPrefix(path, "net/") && path != "net/url" && path != "net/netip" && path != "net/mail" && path != "net/textproto"
		}
	}
	return in
}

// readable is the directory in which a program starts, unless it is the user's
// home or has that in it.
func (in *inside) readable(dir string) []string {
	if in.home != "" && (dir == in.home || below(in.home, dir)) {
		return nil
	}
	return []string{dir}
}

// testdata lists the directories of that name that packages of a module share:
// those that lie in the directories above dir, the root of the module among them.
func testdata(dir, root string) []string {
	var list []string
	for below(dir, root) {
		dir = filepath.Dir(dir)
		if name := filepath.Join(dir, "testdata"); isDir(name) {
			list = append(list, name)
		}
	}
	return list
}

func isDir(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.IsDir()
}

// hidden lists what lies in directories that are read and must not be seen: what
// version control keeps, what other programs and runs have, and the home.
func (in *inside) hidden(read []string) []string {
	var list []string
	for _, dir := range read {
		for _, name := range []string{".git", ".hg", ".svn", ".jj"} {
			if path := filepath.Join(dir, name); isThere(path) {
				list = append(list, path)
			}
		}
		for _, path := range in.never {
			if path != "" && below(path, dir) && !slices.Contains(read, path) {
				list = append(list, path)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// below reports whether path lies in dir.
func below(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != "." && filepath.IsLocal(rel)
}

// sandboxText says how programs run.
func (o *Options) sandboxText() string {
	switch o.level.Name {
	case embedded:
		return "none (the embedded optimizer only varies your own code)"
	case sandbox.None:
		return "none (code written by a model runs with your rights)"
	case sandbox.Weak:
		return "weak (code written by a model runs with your rights, within limits)"
	}
	return o.level.Name
}

// sayBoxed tells which cases fail only because of the sandbox, and what helps.
func (s *session) sayBoxed(names []string) {
	if len(names) == 0 {
		return
	}
	s.ui.warn("%s only in the sandbox: %s", plural(len(names), "case fails", "cases fail"), listText(names, 5))
	s.ui.hint("a program there reads its own directory only, starts no other program, and reaches no network: -read DIR lets it read more; -sandbox weak lets it do everything that you can")
}
