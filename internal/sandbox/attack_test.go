//go:build linux

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "write the tables of docs/sandbox.md")

// What became of an attack.
const (
	refused = "refused"
	ended   = "ended"
	misses  = "**misses**"
)

// A column is one way to run the attacks.
type column struct {
	name string
	run  func(a *arena, cmd *exec.Cmd) (string, error)
}

var columns = []column{
	{"weak", (*arena).weak},
	{"limits", only(layers{limits: true})},
	{"seccomp", only(layers{seccomp: true})},
	{"Landlock", only(layers{landlock: true})},
	{"own namespaces", only(layers{namespaces: true, proc: true, unused: true})},
	{"`-sandbox landlock`", only(layersOf(Landlock))},
	{"`-sandbox namespaces`", only(layersOf(Namespaces))},
}

const (
	atLandlock   = 5
	atNamespaces = 6
)

// landlockMisses are what the level landlock does not stop.
var landlockMisses = []string{
	"fill the disk with 700 MiB", "make 80000 files", "start 1500 threads", // what one program may have is not counted together
	"see that a file is there", // Landlock is about opening
}

func only(with layers) func(*arena, *exec.Cmd) (string, error) {
	return func(a *arena, cmd *exec.Cmd) (string, error) {
		cmd.Env = a.env()
		return a.watch(cmd, &with)
	}
}

// weak is what package build does without a sandbox.
func (a *arena) weak(cmd *exec.Cmd) (string, error) {
	cmd.Env = a.env()
	return a.watch(cmd, nil)
}

// An arena is the world around one attack.
type arena struct {
	t              *testing.T
	dir            string // is removed; everybody may pass
	attack         string // the program
	name           string // of the attack
	out, home, pkg string
	victim         *exec.Cmd
	tcp, udp, abs  string
	socket         net.Listener
}

func newArena(t *testing.T, attack string) *arena {
	a := &arena{t: t, attack: attack, dir: passable(t)}
	a.abs = fmt.Sprintf("attack-%d", os.Getpid())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	a.must(err)
	t.Cleanup(func() { l.Close() })
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	a.must(err)
	t.Cleanup(func() { u.Close() })
	_, a.tcp, _ = net.SplitHostPort(l.Addr().String())
	_, a.udp, _ = net.SplitHostPort(u.LocalAddr().String())
	s, err := net.Listen("unix", "@"+a.abs)
	a.must(err)
	t.Cleanup(func() { s.Close() })
	a.victim = exec.Command(attack, "sleep")
	a.victim.Env = []string{"SECRET=sk-of-the-parent"}
	a.victim.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	a.must(a.victim.Start())
	t.Cleanup(func() { a.victim.Process.Kill(); a.victim.Wait() })
	return a
}

// passable is a directory that is removed and that every user may pass.
func passable(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "attacks-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	return dir
}

func (a *arena) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// outside are the files that must stay as they are.
var outside = []string{"canary", "delete", "later", "rename", "truncate", "truncate2", "chmod", "chown", "utime", "xattr", "secret", ".ssh/id", "move"}

// reset makes everything new.
func (a *arena) reset() {
	a.out, a.home, a.pkg = filepath.Join(a.dir, "out"), filepath.Join(a.dir, "home"), filepath.Join(a.dir, "pkg")
	if a.socket != nil {
		a.socket.Close()
	}
	for _, dir := range []string{a.out, a.home, a.pkg} {
		os.RemoveAll(dir)
	}
	for _, dir := range []string{a.out, a.out + "/.ssh", a.home, a.home + "/tmp", a.pkg} {
		a.must(os.Mkdir(dir, 0o755))
	}
	for _, name := range outside {
		path := filepath.Join(a.out, name)
		a.must(os.WriteFile(path, []byte("as it was\n"), 0o600))
		a.must(os.Chtimes(path, time.Unix(1e9, 0), time.Unix(1e9, 0)))
	}
	a.must(os.WriteFile(filepath.Join(a.pkg, "testdata"), nil, 0o644))
	s, err := net.Listen("unix", filepath.Join(a.out, "socket"))
	a.must(err)
	a.socket = s
	program, err := os.ReadFile(a.attack)
	a.must(err)
	syscall.ForkLock.RLock()
	err = os.WriteFile(a.program(), program, 0o755)
	syscall.ForkLock.RUnlock()
	a.must(err)
}

func (a *arena) program() string { return filepath.Join(a.pkg, "candidate") }

func (a *arena) env() []string {
	return []string{
		"HOME=" + a.home, "TMPDIR=" + a.home + "/tmp", "OUT=" + a.out, "TCP=" + a.tcp, "UDP=" + a.udp, "ABSTRACT=" + a.abs,
		fmt.Sprintf("VICTIM=%d", a.victim.Process.Pid),
	}
}

func (a *arena) profile() Profile {
	return Profile{Home: a.home, Read: []string{a.pkg}, Limits: a.limits()}
}

func (a *arena) limits() Limits {
	return Limits{Data: 512 << 20, File: 64 << 20, CPU: 2 * time.Second}
}

const (
	attackTime  = 2 * time.Second
	foreverTime = 600 * time.Millisecond // of those that never end
	attackPrint = 4 << 20
)

// watch runs an attack as package build runs programs.
func (a *arena) watch(cmd *exec.Cmd, with *layers) (string, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	r, w, err := os.Pipe()
	a.must(err)
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, w
	runtime.LockOSThread() // it dies with the thread
	defer runtime.UnlockOSThread()
	if with == nil {
		err = cmd.Start()
	} else {
		_, err = start(cmd, a.profile(), *with)
	}
	w.Close()
	if err != nil {
		return "", err
	}
	kill := func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if with == nil {
		for resource, n := range map[int]int64{unix.RLIMIT_DATA: a.limits().Data, unix.RLIMIT_FSIZE: a.limits().File, unix.RLIMIT_CPU: 2, unix.RLIMIT_CORE: 0} {
			unix.Prlimit(cmd.Process.Pid, resource, &unix.Rlimit{Cur: uint64(n), Max: uint64(n)}, nil)
		}
	}
	limit := attackTime
	if strings.HasSuffix(a.name, "for ever") {
		limit = foreverTime
	}
	timer := time.AfterFunc(limit, kill)
	n, _ := io.Copy(io.Discard, io.LimitReader(r, attackPrint))
	if n == attackPrint {
		kill()
	}
	err = cmd.Wait()
	kill()
	timer.Stop()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return refused, nil
	case !errors.As(err, &exit):
		return "", err
	case exit.ExitCode() == 10:
		return misses, nil
	case exit.ExitCode() == 3:
		return "", errors.New("no such attack")
	}
	return ended, nil
}

// left says what an attack has left behind.
func (a *arena) left(mounts int) []string {
	var list []string
	for range 50 {
		list = nil
		names, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, name := range names {
			if exe, err := os.Readlink(name); err == nil && strings.HasPrefix(exe, a.pkg) {
				list = append(list, "the process "+name)
			}
		}
		if len(list) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond) // killed, and not gone yet
	}
	if n := a.mountCount(); n != mounts {
		list = append(list, fmt.Sprintf("%d mounts", n-mounts))
	}
	return list
}

// mountCount counts the mounts that have to do with the arena: others may come and
// go meanwhile.
func (a *arena) mountCount() int {
	data, _ := os.ReadFile("/proc/self/mountinfo")
	return strings.Count(string(data), a.dir)
}

// harmed says what is not as it was outside.
func (a *arena) harmed() []string {
	var list []string
	for _, name := range outside {
		path := filepath.Join(a.out, name)
		st, err := os.Stat(path)
		data, _ := os.ReadFile(path)
		if err != nil || st.Mode().Perm() != 0o600 || !st.ModTime().Equal(time.Unix(1e9, 0)) || string(data) != "as it was\n" {
			list = append(list, name)
		}
	}
	entries, _ := os.ReadDir(a.out)
	for _, e := range entries {
		if !slices.Contains(append(outside, ".ssh", "socket"), e.Name()) {
			list = append(list, e.Name())
		}
	}
	return list
}

// attackResults are what became of each attack, by its name and column.
type attackResults map[string]map[string]string

// runAttacks runs all attacks in the columns, in the name of the user who runs
// the test.
func runAttacks(t *testing.T, attack string, cols []column) attackResults {
	a := newArena(t, attack)
	names, err := exec.Command(attack, "list").Output()
	a.must(err)
	const inherited = 200 // as if tracetrain had it from its own parent
	res := attackResults{}
	for _, name := range strings.Split(strings.TrimSpace(string(names)), "\n") {
		res[name] = map[string]string{}
		for _, c := range cols {
			a.reset()
			a.name = name
			outDir, err := os.Open(a.out)
			a.must(err)
			a.must(unix.Dup3(int(outDir.Fd()), inherited, 0))
			mounts := a.mountCount()
			cmd := exec.Command(a.program(), name)
			cmd.Args[0] = "attack"
			cmd.Dir = a.pkg
			got, err := c.run(a, cmd)
			unix.Close(inherited)
			outDir.Close()
			if err != nil {
				t.Fatalf("%s: %s: %v", c.name, name, err)
			}
			res[name][c.name] = got
			if left := a.left(mounts); len(left) > 0 {
				t.Errorf("%s: %s left %v", c.name, name, left)
			}
			if harmed := a.harmed(); len(harmed) > 0 && got != misses {
				t.Errorf("%s: %s is %s, but changed %v", c.name, name, got, harmed)
			}
			if c.name == columns[atNamespaces].name {
				if entries, _ := os.ReadDir(a.home); len(entries) != 1 {
					t.Errorf("%s left %d files in the home", name, len(entries)-1)
				}
			}
		}
	}
	return res
}

// TestAttacks runs the attacks at both levels, and with -update or
// TRACE_DIFFERENTIAL=all with each layer alone too: as the user who runs it, and
// if that is root, as one without rights as well.
func TestAttacks(t *testing.T) {
	needs(t, Namespaces)
	needs(t, Landlock)
	cols := columns[atLandlock:]
	if *update || os.Getenv("TRACE_DIFFERENTIAL") == "all" {
		cols = columns
	}
	if attack := os.Getenv("SANDBOX_TEST_ATTACK"); attack != "" { // as another user
		json.NewEncoder(os.Stderr).Encode(runAttacks(t, attack, cols))
		return
	}
	if testing.Short() {
		t.Skip("runs some hundred programs")
	}
	dir := passable(t)
	attack := filepath.Join(dir, "attack")
	build := exec.Command("go", "build", "-o", attack, "./testdata/attack")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	users := map[string]attackResults{}
	if os.Getuid() == 0 {
		users["root"] = runAttacks(t, attack, cols)
		users["user"] = attacksAsUser(t, dir, attack)
	} else {
		users["user"] = runAttacks(t, attack, cols)
	}
	for user, res := range users {
		if len(res) < 40 {
			t.Errorf("%d attacks", len(res))
		}
		for name, row := range res {
			if row[columns[atNamespaces].name] == misses {
				t.Errorf("%s: -sandbox namespaces misses: %s", user, name)
			}
			if row[columns[atLandlock].name] == misses && !slices.Contains(landlockMisses, name) {
				t.Errorf("%s: -sandbox landlock misses: %s", user, name)
			}
		}
	}
	if *update {
		if os.Getuid() != 0 {
			t.Fatal("-update needs root, who can be both")
		}
		replaceTable(t, "attacks", attackTable(users))
	}
}

// attacksAsUser runs this test as somebody without rights.
func attacksAsUser(t *testing.T, dir, attack string) attackResults {
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "sandbox.test")
	if err := os.WriteFile(copied, exe, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-test.run=^TestAttacks$"}
	if *update {
		args = append(args, "-update")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, copied, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SANDBOX_TEST_ATTACK="+attack, "HOME="+dir, "TMPDIR=/tmp")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	var stderr, stdout strings.Builder
	cmd.Stderr, cmd.Stdout = &stderr, &stdout
	err = cmd.Run()
	var res attackResults
	if e := json.Unmarshal([]byte(stderr.String()), &res); e != nil || err != nil {
		t.Fatalf("as another user: %v %v\n%s\n%s", err, e, stdout.String(), stderr.String())
	}
	return res
}

func attackTable(users map[string]attackResults) string {
	var b strings.Builder
	b.WriteString("| attack |")
	for _, c := range columns {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	var names []string
	for name := range users["root"] {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("| " + name + " |")
		for _, c := range columns {
			root, user := users["root"][name][c.name], users["user"][name][c.name]
			cell := user
			if root == misses != (user == misses) {
				cell = user + ", root: " + root
			}
			b.WriteString(" " + cell + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// replaceTable writes a table into the document.
func replaceTable(t *testing.T, name, table string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "sandbox.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+": made by the test -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", path)
	}
	if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
