package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/opto-go/trace/internal/room"
)

// A Builder compiles for one run. It is safe for concurrent use.
type Builder struct {
	Dir  string   // existing private directory for everything it makes
	Env  []string // the user's environment
	Cgo  bool     // the program, or a module that it needs, has C code
	Race bool     // GOFLAGS ask for the race detector

	Unlimited bool // programs may use as much memory, processor time and room as there is

	gocmd, goroot, modcache, version, cache string
	reporter                                map[string]string // files of package testing, and those that stand for them
	shadow                                  string            // GOROOT that has the reporter already
	n                                       atomic.Int64
	took                                    atomic.Int64 // nanoseconds of the first compilation that went well

	mu   sync.Mutex
	weak string // why there is no reporter
}

// NewBuilder prepares a builder whose files are made in dir. The environment
// is the user's; moddir is a directory of the module.
func NewBuilder(ctx context.Context, dir, moddir string, env []string) (*Builder, error) {
	b := &Builder{Dir: dir, Env: env, Race: HasFlag(env, "race")}
	for _, name := range []string{"cover", "coverpkg"} {
		if NamesFlag(env, name) {
			return nil, fmt.Errorf("GOFLAGS has -%s, which makes the go command ignore overlays (golang/go#73802)", name)
		}
	}
	// The go command in PATH may hand over to another toolchain for this
	// module. What it chooses is called directly from here on.
	vars, err := goEnv(ctx, moddir, env, "GOROOT", "GOMODCACHE", "GOVERSION", "GOCACHE")
	if err != nil {
		return nil, err
	}
	b.goroot, b.modcache, b.version, b.cache = vars[0], vars[1], vars[2], vars[3]
	b.gocmd = filepath.Join(b.goroot, "bin", "go")
	if _, err := exec.LookPath(b.gocmd); err != nil {
		b.gocmd = "go" // an installation with another layout
	}
	testing := filepath.Join(b.goroot, "src", "testing")
	files, err := Reporter(testing)
	if err != nil {
		b.weak = err.Error()
		return b, nil
	}
	rel, err := filepath.Rel(b.modcache, testing)
	if b.modcache == "" || err != nil || !filepath.IsLocal(rel) {
		b.reporter, err = storeReporter(filepath.Join(dir, "reporter"), files)
		return b, err
	}
	b.shadow = filepath.Join(dir, "goroot")
	if err := os.Mkdir(b.shadow, 0o755); err != nil {
		return nil, err
	}
	if err := shadowGoroot(b.shadow, b.goroot, files); err != nil {
		b.weak = "the Go toolchain lies in the module cache, whose files cannot be replaced: " + err.Error()
	}
	return b, nil
}

// GoVersion is the release that compiles, such as go1.26.1.
func (b *Builder) GoVersion() string { return b.version }

// GoRoot is where the toolchain lies.
func (b *Builder) GoRoot() string { return b.goroot }

// Environ returns env with the flags that go env -w keeps in a file made
// explicit, so that they can be read and changed.
func Environ(ctx context.Context, dir string, env []string) ([]string, error) {
	vars, err := goEnv(ctx, dir, env, "GOFLAGS")
	if err != nil {
		return nil, err
	}
	return append(append([]string{}, env...), "GOFLAGS="+vars[0]), nil
}

// goEnv asks the go command for variables, one each.
func goEnv(ctx context.Context, dir string, env []string, names ...string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"env"}, names...)...)
	cmd.Dir = dir
	cmd.Env = append([]string{}, env...)
	if dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+dir)
	}
	out, exit, err := runTool(ctx, cmd, Limits{}, buildTimeout)
	if err == nil && !exit.OK() {
		err = &Error{Output: out, Exit: exit}
	}
	if err != nil {
		return nil, fmt.Errorf("running go env: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(names) {
		return nil, fmt.Errorf("running go env: %q is no answer to %s", out, strings.Join(names, " "))
	}
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return lines, nil
}

// A Spec says what to compile.
type Spec struct {
	Dir  string // directory for the go command, in the module
	Pkg  string // import path
	Test bool   // the package's test binary; else a program
	// NoVet leaves out the go vet checks that are a part of go test, for
	// generated code. Candidates get them: the user's go test has them too.
	NoVet bool
	Plain bool // without the reporter: for runs whose results nobody needs
	// NoDebug leaves out what only a debugger reads. It makes code that is compiled
	// once and thrown away cheaper, and is no use where the go command may have
	// compiled the package before.
	NoDebug bool
	Tags    string

	Files map[string][]byte // contents that stand for files, by absolute name

	// Overlay writes files into dir, with the user's own overlay merged in,
	// and returns the flags for the go command.
	// Stored are files that stand for others already.
	Overlay func(dir string, files map[string][]byte, stored map[string]string) ([]string, error)
}

// An Error is a failed compilation.
type Error struct {
	Output string // of the go command
	Exit   Exit
}

func (e *Error) Error() string {
	if e.Exit.Killed != "" || e.Exit.Signal != "" {
		return "the go command was stopped: " + e.Exit.String()
	}
	if out := strings.TrimSpace(e.Output); out != "" {
		return out
	}
	return "the go command ended with " + e.Exit.String() + " and said nothing"
}

// Compile compiles spec. When the code does not compile the error is an
// [*Error]. The binary is removed by [Binary.Remove].
func (b *Builder) Compile(ctx context.Context, spec Spec) (*Binary, error) {
	weak := b.Weak()
	if spec.Plain && weak == "" {
		weak = "it was built without the reporter"
	}
	if !spec.Test || weak != "" {
		bin, err := b.compileAgain(ctx, spec, false)
		if err == nil && spec.Test {
			bin.Weak = weak
		}
		return bin, err
	}
	bin, err := b.compileAgain(ctx, spec, true)
	var failed *Error
	if !errors.As(err, &failed) || !strings.Contains(filepath.ToSlash(failed.Output), "src/testing/") && !strings.Contains(failed.Output, "zz_trace_") {
		return bin, err
	}
	// The fault may be ours: this release's package testing is not what the
	// reporter expects.
	plain, err := b.compile(ctx, spec, false)
	if err != nil {
		return nil, err
	}
	plain.Weak = "package testing does not compile with the reporter"
	b.setWeak(plain.Weak)
	return plain, nil
}

func (b *Builder) setWeak(why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.weak = why
}

// Weak says why results of tests are read from their output; empty if they
// come over the pipe.
func (b *Builder) Weak() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.weak
}

func (b *Builder) compile(ctx context.Context, spec Spec, report bool) (*Binary, error) {
	dir := filepath.Join(b.Dir, "build-"+strconv.FormatInt(b.n.Add(1), 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	ok := false
	defer func() {
		if !ok {
			RemoveAll(dir)
		}
	}()
	var stored map[string]string
	if report {
		stored = b.reporter
	}
	var flags []string
	if len(spec.Files)+len(stored) > 0 || spec.Overlay != nil {
		var err error
		if flags, err = spec.Overlay(dir, spec.Files, stored); err != nil {
			return nil, err
		}
	}
	bin := filepath.Join(dir, "candidate.exe") // the name says nothing and suits every system
	args := []string{"build"}
	if spec.Test {
		args = []string{"test", "-c"}
		if spec.NoVet {
			args = append(args, "-vet=off")
		}
	}
	args = append(args, flags...)
	args = append(args, "-ldflags=-s -w", "-o", bin)
	if spec.NoDebug && !NamesFlag(b.Env, "gcflags") {
		args = append(args, "-gcflags=-dwarf=false")
	}
	if spec.Tags != "" {
		args = append(args, "-tags="+spec.Tags)
	}
	cmd := exec.Command(b.gocmd, append(args, spec.Pkg)...)
	cmd.Dir = spec.Dir
	cmd.Env = append(buildEnv(b.Env, b.Cgo || b.Race), "PWD="+spec.Dir)
	if report && b.shadow != "" {
		cmd.Env = append(cmd.Env, "GOROOT="+b.shadow)
	}
	patience := b.patience()
	out, exit, err := runTool(ctx, cmd, toolLimits(patience), patience)
	if err != nil {
		return nil, err
	}
	if exit.OK() {
		b.took.CompareAndSwap(0, int64(exit.Elapsed))
	} else {
		if line := room.Said(out); line != "" {
			return nil, fmt.Errorf("building: %s: %w", strings.TrimSuffix(line, ": "+room.ErrFull.Error()), room.ErrFull)
		}
		return nil, &Error{Output: originalNames(out, spec.Dir, flags), Exit: exit}
	}
	if _, err := os.Stat(bin); errors.Is(err, fs.ErrNotExist) {
		// "no test files" is no failure for the go command.
		return nil, &Error{Output: out, Exit: exit}
	}
	ok = true
	return &Binary{Path: bin, Test: spec.Test, builder: b}, nil
}

// Remove deletes the binary.
func (b *Binary) Remove() { RemoveAll(filepath.Dir(b.Path)) }

func makeWritable(dir string) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
}
