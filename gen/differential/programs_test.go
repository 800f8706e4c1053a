package differential

import (
	"go/build"
	"go/build/constraint"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// A program is a file of the test folder of the Go installation.
type program struct {
	name   string // relative to that folder, with slashes
	source string
}

// TestPrograms runs the programs, plain and recording: both must print the
// same and end with the same status.
func TestPrograms(t *testing.T) {
	all := programs(t, filepath.Join(installation(t), "test"))
	chosen := chooseNames(t, all)
	list := mustReadList(t)
	known := map[string]bool{}
	for _, p := range all {
		known[p.name] = true
	}
	for name := range list {
		if strings.HasSuffix(name, ".go") && !known[name] {
			t.Errorf("testdata/listed.txt: there is no program %s", name)
		}
	}
	sum := newSummary(t, "programs")
	running := make(chan bool, max(2, runtime.NumCPU()/2))
	for _, p := range chosen {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			running <- true
			defer func() { <-running }()
			comparePrograms(t, p, list, sum)
		})
	}
}

// programs finds the programs that are to be run without flags or further
// files, as "go run" runs a file; those of a .dir folder import each other.
func programs(t *testing.T, root string) []program {
	t.Helper()
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the Go installation comes without its test folder: %v", err)
	}
	var ps []program
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if p := (program{filepath.ToSlash(name[len(root)+1:]), string(b)}); p.runs() && !strings.Contains(p.name, ".dir/") {
			ps = append(ps, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(ps, func(i, j int) bool { return ps[i].name < ps[j].name })
	return ps
}

// runs reports whether the first comment of a program that is no build
// constraint is "// run", and the constraints are met here.
func (p program) runs() bool {
	action := ""
	for _, l := range strings.Split(p.source, "\n") {
		switch {
		case strings.HasPrefix(l, "package "):
			return action == "// run"
		case constraint.IsGoBuild(l):
			if x, err := constraint.Parse(l); err != nil || !x.Eval(tag) {
				return false
			}
		case action == "" && strings.HasPrefix(l, "//") && !constraint.IsPlusBuild(l):
			action = l
		}
	}
	return false
}

// tag reports whether a build tag holds.
func tag(name string) bool {
	c := build.Default
	return name == c.GOOS || name == c.GOARCH || name == c.Compiler || name == "cgo" && c.CgoEnabled ||
		name == "unix" && c.GOOS != "windows" && c.GOOS != "plan9" && c.GOOS != "js" ||
		slices.Contains(c.ReleaseTags, name) || slices.Contains(c.ToolTags, name)
}

// chooseNames gives the programs that TRACE_DIFFERENTIAL asks for.
func chooseNames(t *testing.T, all []program) []program {
	switch env := os.Getenv("TRACE_DIFFERENTIAL"); env {
	case "":
		return sample(all, mustReadList(t))
	case "all":
		return all
	default:
		var ps []program
		for _, name := range strings.Split(env, ",") {
			for _, p := range all {
				if p.name == name {
					ps = append(ps, p)
				}
			}
		}
		return ps
	}
}

// Limits of one run of a program. Recording makes some slower by a factor of
// fifty, because every operator of theirs is a node.
const (
	plainLimit    = 2 * time.Minute
	recordedLimit = 10 * time.Minute
	patience      = time.Minute // with a program that is listed as too slow
)

func comparePrograms(t *testing.T, p program, list map[string]reason, sum *summary) {
	dir := newModule(t, "example.com/program")
	file := filepath.Base(p.name)
	modtest.Write(t, dir, file, seeded(p.source))
	if ok, err := build.Default.MatchFile(dir, file); !ok || err != nil || strings.HasSuffix(file, "_test.go") {
		// The name would keep it out of the package.
		if err := os.Rename(filepath.Join(dir, file), filepath.Join(dir, "main.go")); err != nil {
			t.Fatal(err)
		}
		file = "main.go"
	}
	plainBin, recordedBin := filepath.Join(t.TempDir(), "plain"), filepath.Join(t.TempDir(), "recorded")
	goBuild(t, dir, "-o", plainBin, ".")
	in := instrument(t, gen.Config{Dir: dir, Patterns: []string{"."}})
	goBuild(t, dir, append(in.flags, "-o", recordedBin, ".")...)
	for _, n := range in.notes {
		if n.Kind == gen.NoteOpaque && strings.HasPrefix(n.Reason, "the rewritten body does not") {
			t.Errorf("%s:%d: %s: %s", p.name, n.Pos.Line, n.Func, n.Reason)
		}
	}

	want := execute(t, dir, plainBin, "", plainLimit)
	if want.Late {
		t.Fatalf("the program itself does not end within %v", plainLimit)
	}
	traces := t.TempDir()
	why, isListed := list[p.name]
	limit := recordedLimit
	if why.kind == "timing" {
		limit = patience
	}
	got := execute(t, dir, recordedBin, traces, limit)
	nodes, files := recordedNodes(t, traces)
	if files == 0 {
		t.Error("the program did not record")
	}
	sum.add(in.notes, nodes)

	if isListed && !why.shown(p.source) {
		t.Errorf("listed because of %s, of which the source shows nothing", why.kind)
	}
	diff := cmp.Diff(want.steady(file), got.steady(file))
	switch {
	case diff == "" && isListed && why.kind != "timing":
		sum.end(p.name, different)
		t.Errorf("comes out the same now: take it out of testdata/listed.txt")
	case diff == "":
		sum.end(p.name, same)
	case isListed:
		sum.end(p.name, listed+": "+outcome(why.kind))
	default:
		for i := 0; i < 3; i++ {
			again := execute(t, dir, plainBin, "", plainLimit)
			if cmp.Diff(want.steady(file), again.steady(file)) != "" && again.Code == got.Code {
				sum.end(p.name, varies)
				return
			}
		}
		sum.end(p.name, different)
		t.Errorf("the recorded program behaves differently (-plain +recorded):\n%s", diff)
	}
}
