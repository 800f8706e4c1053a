package workdir

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain is also a process that makes a folder and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("WORKDIR_TEST_MAKE") != "" {
		d, _, err := New(context.Background())
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(d.Path)
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

// other starts a process that has a folder, and returns the folder.
func other(t *testing.T) (dir string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WORKDIR_TEST_MAKE=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), kill
}

func setTemp(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("TMPDIR means nothing here")
	}
	tmp, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	return tmp
}

func newDir(t *testing.T) (*Dir, Removed) {
	t.Helper()
	d, removed, err := New(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, removed
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func TestLeftOver(t *testing.T) {
	setTemp(t)
	dir, kill := other(t)
	if err := os.MkdirAll(filepath.Join(dir, "mod", "cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mod", "cache", "f"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "mod", "cache"), 0o500); err != nil {
		t.Fatal(err)
	}
	mine, removed := newDir(t)
	if !exists(dir) || removed != (Removed{}) {
		t.Fatalf("the folder of a process that lives was removed: %+v", removed)
	}
	kill()
	theirs, removed := newDir(t)
	if exists(dir) || removed.Folders != 1 {
		t.Errorf("left: %v, removed %+v", exists(dir), removed)
	}
	if !exists(mine.Path) {
		t.Errorf("a folder of this process was removed")
	}
	theirs.Close()
	if exists(theirs.Path) {
		t.Errorf("Close left the folder")
	}
}

// Whether a folder is left over does not depend on any clock: not on that of
// files, nor on that which says how old they are.
func TestClocks(t *testing.T) {
	setTemp(t)
	for _, when := range []time.Duration{-20 * 365 * 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
		dir, kill := other(t)
		for _, name := range []string{dir, filepath.Join(dir, ownerFile)} {
			if err := os.Chtimes(name, time.Now().Add(when), time.Now().Add(when)); err != nil {
				t.Fatal(err)
			}
		}
		if _, removed := newDir(t); !exists(dir) || removed != (Removed{}) {
			t.Errorf("%v: the folder of a process that lives was removed: %+v", when, removed)
		}
		kill()
		if _, removed := newDir(t); exists(dir) || removed.Folders != 1 {
			t.Errorf("%v: left: %v, removed %+v", when, exists(dir), removed)
		}
	}
}

// What is not a left-over folder of ours stays, whatever it is called.
func TestOthers(t *testing.T) {
	tmp := setTemp(t)
	away := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	folder := func(name, owner string) string {
		dir := filepath.Join(tmp, name)
		must(os.Mkdir(dir, 0o700))
		must(os.WriteFile(filepath.Join(dir, "work"), nil, 0o600))
		if owner != "" {
			must(os.WriteFile(filepath.Join(dir, ownerFile), []byte(owner), 0o600))
		}
		return dir
	}
	gone := `{"pid":1,"start":"another boot 1"}`
	keep := []string{
		folder("tracetrain-1", ""),             // no owner file
		folder("tracetrain-2", "an owner"),     // not of ours
		folder("tracetrain-notes", gone),       // not a name of ours
		folder("tracegen-3", gone),             // nor this
		filepath.Join(tmp, "tracetrain-4"),     // a link
		filepath.Join(tmp, "tracetrain-5"),     // a file
		folder("tracetrain-6", gone),           // open to others
		folder("tracetrain-7", "{\"pid\":1}x"), // broken
	}
	must(os.WriteFile(filepath.Join(away, ownerFile), []byte(gone), 0o600))
	must(os.Symlink(away, keep[4]))
	must(os.WriteFile(keep[5], nil, 0o600))
	must(os.Chmod(keep[6], 0o755))
	if start, ok := startOf(os.Getpid()); ok {
		// Without its lock, but it lives.
		keep = append(keep, folder("tracetrain-8", fmt.Sprintf(`{"pid":%d,"start":%q}`, os.Getpid(), start)))
	}
	drop := []string{
		folder("tracetrain-10", gone),
		folder("tracetrain-12", `{"pid":`+fmt.Sprint(os.Getpid())+`,"start":"another boot 1"}`), // the number was given out again
	}
	must(os.Mkdir(filepath.Join(tmp, "tracetrain-13"), 0o700)) // killed at once
	drop = append(drop, filepath.Join(tmp, "tracetrain-13"))

	_, removed := newDir(t)
	for _, dir := range keep {
		if !exists(dir) {
			t.Errorf("%s was removed", dir)
		}
	}
	for _, dir := range drop {
		if exists(dir) {
			t.Errorf("%s is left", dir)
		}
	}
	if removed.Folders != len(drop) || !exists(filepath.Join(away, ownerFile)) {
		t.Errorf("removed %+v", removed)
	}
}

// Many starts at a time do not remove what another one is making.
func TestTogether(t *testing.T) {
	setTemp(t)
	for range 5 {
		_, kill := other(t)
		kill()
	}
	const n = 8
	type made struct {
		d   *Dir
		err error
	}
	done := make(chan made)
	for range n {
		go func() {
			d, _, err := New(context.Background())
			done <- made{d, err}
		}()
	}
	var all []*Dir
	for range n {
		m := <-done
		if m.err != nil {
			t.Error(m.err)
			continue
		}
		all = append(all, m.d)
	}
	for _, d := range all {
		if !exists(filepath.Join(d.Path, ownerFile)) {
			t.Errorf("%s was removed", d.Path)
		}
	}
	for _, d := range all {
		d.Close()
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Processes that run in the name of a left-over folder end, also those that
// left their group and session, and nobody else's.
func TestProcesses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are found on Linux only")
	}
	setTemp(t)
	dir, kill := other(t)
	start := func(env, wd string) *exec.Cmd {
		t.Helper()
		cmd := exec.Command("setsid", "sleep", "60")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), env}
		cmd.Dir = wd
		if err := cmd.Start(); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		return cmd
	}
	ours := start("HOME="+filepath.Join(dir, "home-1"), "/")
	looker := start("PWD="+dir, dir)             // someone looks at the folder
	similar := start("HOME="+dir+"0/home", "/")  // a longer name
	mentions := start("NOTE=see "+dir+"/x", "/") // another variable
	ended := func(cmd *exec.Cmd) bool {
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
			return true
		case <-time.After(200 * time.Millisecond):
			return false
		}
	}
	time.Sleep(100 * time.Millisecond) // until all are sleep, with their environment
	newDir(t)
	if !alive(ours) {
		t.Error("a process of a run that lives was ended")
	}
	kill()
	_, removed := newDir(t)
	if removed.Processes != 1 || !ended(ours) {
		t.Errorf("removed %+v", removed)
	}
	for i, cmd := range []*exec.Cmd{looker, similar, mentions} {
		if !alive(cmd) {
			t.Errorf("process %d, which is not ours, was ended", i)
		}
	}
}

func alive(cmd *exec.Cmd) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
