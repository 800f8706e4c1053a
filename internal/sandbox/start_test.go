//go:build linux

package sandbox

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/opto-go/trace/internal/sandbox/launch"
)

// TestMain is also a program that says what it finds.
func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_TEST_LOOK") != "" {
		look()
		return
	}
	os.Exit(m.Run())
}

// look prints the names below the root directory, without those of processes.
func look() {
	filepath.WalkDir("/", func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() && path == "/proc" {
			println(path)
			return filepath.SkipDir
		}
		println(path)
		return nil
	})
}

func homeDir(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	return home
}

func needs(t *testing.T, level string) {
	t.Helper()
	if err := Probe(context.Background(), level); err != nil {
		t.Skipf("%s does not work here: %v", level, err)
	}
}

// runConfined runs this test binary in a sandbox and returns what it printed on
// standard error.
func runConfined(t *testing.T, p Profile, with layers, env ...string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = env
	out := collect(t, cmd)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := start(cmd, p, with); err != nil {
		return out(), err
	}
	err = cmd.Wait()
	return out(), err
}

// collect has what cmd prints on standard error collected in a file.
func collect(t *testing.T, cmd *exec.Cmd) (text func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	cmd.Stderr = f
	return func() string {
		data, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}

// The root directory holds what the plan names, and nothing else.
func TestRoot(t *testing.T) {
	needs(t, Namespaces)
	home := homeDir(t)
	data := t.TempDir()
	for _, name := range []string{"a", "sub/b", ".git/config", "secret"} {
		os.MkdirAll(filepath.Dir(filepath.Join(data, name)), 0o755)
		if err := os.WriteFile(filepath.Join(data, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := runConfined(t, Profile{
		Home: home, Read: []string{data, filepath.Join(data, "sub"), "/no/such/file", "relative"},
		Hide: []string{filepath.Join(data, ".git"), filepath.Join(data, "secret")},
	}, layersOf(Namespaces), "SANDBOX_TEST_LOOK=1")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	exe, _ := os.Executable()
	want := map[string]bool{}
	for _, name := range []string{"/dev/null", "/dev/full", "/dev/random", "/dev/urandom",
		"/etc/group", "/etc/hosts", "/etc/nsswitch.conf", "/etc/passwd", "/etc/resolv.conf",
		"/proc", exe, home + "/tmp", data + "/a", data + "/sub/b", data + "/secret", data + "/.git", "/tmp"} {
		for ; name != "/"; name = filepath.Dir(name) {
			want[name] = true
		}
		want["/"] = true
	}
	var extra []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !want[line] && !within(line, append(libraries, "/etc/ld.so.cache")) && line != "/usr" {
			extra = append(extra, line)
		}
		delete(want, line)
	}
	if len(want) > 0 || len(extra) > 0 {
		t.Errorf("missing: %v\nunexpected: %v", keys(want), extra)
	}
}

func keys(m map[string]bool) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

// A layer that cannot be set up keeps the program from starting, and is named.
func TestFailsClosed(t *testing.T) {
	needs(t, Namespaces)
	for _, c := range []struct {
		name string
		harm func(*launch.Plan)
		want string
	}{
		{"no home", func(p *launch.Plan) { p.Home = "/no/such/home" }, "/no/such/home"},
		{"no program", func(p *launch.Plan) { p.Path = "/usr" }, "starting /usr"},
		{"no directory", func(p *launch.Plan) { p.Dir = "/etc/hosts" }, "/etc/hosts"},
		{"no such limit", func(p *launch.Plan) { p.Limits[0].Resource = 99 }, "limiting core files"},
		{"Landlock of the future", func(p *launch.Plan) { p.Landlock, p.Namespaces = 1, false; p.Home = "/no/such" }, "/no/such"},
	} {
		exe, _ := os.Executable()
		cmd := exec.Command(exe)
		cmd.Env = []string{"SANDBOX_TEST_LOOK=1"}
		out := collect(t, cmd)
		_, err := startWith(cmd, Profile{Home: homeDir(t)}, layersOf(Namespaces), c.harm)
		if err == nil || !strings.Contains(err.Error(), c.want) || cmd.Process != nil || out() != "" {
			t.Errorf("%s: error %v, want %q in it; process %v; printed %q", c.name, err, c.want, cmd.Process, out())
		}
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
			t.Errorf("%s left the process %d (%v)", c.name, pid, err)
		}
	}
}

// Programs that start at once do not get into each other's way, and leave nothing in
// this process: children share its memory for a while.
func TestManyStarts(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []string{Landlock, Namespaces} {
		needs(t, level)
		dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		before := openFiles(t)
		var group sync.WaitGroup
		for range 8 {
			home := homeDir(t)
			group.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				for i := range 10 {
					harm := func(p *launch.Plan) {
						if i%3 == 2 {
							p.Path = "/usr"
						}
					}
					cmd := exec.Command(exe)
					cmd.Args = []string{probe}
					_, err := startWith(cmd, Profile{Home: home}, layersOf(level), harm)
					if fails := i%3 == 2; (err != nil) != fails || fails && !strings.Contains(err.Error(), "starting /usr") {
						t.Errorf("%s: start %d: %v", level, i, err)
					}
					if err == nil {
						if err := cmd.Wait(); err != nil {
							t.Errorf("%s: run %d: %v", level, i, err)
						}
					}
					runtime.GC() // nothing may move, or be taken for garbage
				}
			})
		}
		group.Wait()
		if now, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); now != dumpable {
			t.Errorf("%s: this process was dumpable %d, and is %d", level, dumpable, now)
		}
		if after := openFiles(t); after > before {
			t.Errorf("%s: %d files are open, %d before", level, after, before)
		}
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
			t.Errorf("%s left the process %d (%v)", level, pid, err)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	runtime.GC() // closes what nobody holds
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
