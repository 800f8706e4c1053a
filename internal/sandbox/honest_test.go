//go:build linux

package sandbox

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// honest are packages whose tests do nothing that a program under training must
// not, and packages that exist to do it.
var honest = []string{
	"archive/tar", "archive/zip", "bufio", "bytes", "compress/flate", "compress/gzip", "container/heap", "context",
	"crypto/sha256", "database/sql", "embed", "encoding/asn1", "encoding/base64", "encoding/binary", "encoding/csv", "encoding/gob",
	"encoding/hex", "encoding/json", "encoding/xml", "errors", "expvar", "flag", "fmt", "go/format",
	"go/parser", "go/printer", "hash/crc32", "html", "html/template", "image/png", "index/suffixarray", "io",
	"io/fs", "log", "log/slog", "maps", "math", "math/big", "math/rand", "mime",
	"mime/multipart", "net/http/cookiejar", "net/http/httptest", "net/http/httputil", "net/mail", "net/rpc", "net/textproto", "net/url",
	"os", "os/exec", "os/signal", "os/user", "path", "path/filepath", "regexp", "slices",
	"sort", "strconv", "strings", "sync", "testing/fstest", "text/tabwriter", "text/template", "time", "unicode/utf8",
}

// honestSample is run by default.
var honestSample = []string{"bufio", "encoding/json", "net/http/httptest", "sort", "text/template"}

// listed names the tests that a layer stops, with their packages: those that start
// programs, look at other packages, or are about what a process is.
const listed = "testdata/honest.txt"

// readListed returns the tests that are listed, as "package test".
func readListed(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(listed)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names[line] = true
		}
	}
	return names
}

// TestHonest runs tests in the sandbox and outside, and compares.
func TestHonest(t *testing.T) {
	needs(t, Namespaces)
	if testing.Short() {
		t.Skip("compiles tests of the standard library")
	}
	list := honestSample
	whole := *update || os.Getenv("TRACE_DIFFERENTIAL") == "all"
	if whole {
		list = honest
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(goroot))
	known := readListed(t)
	found := []string{"# Tests that differ at level namespaces; written by go test -run TestHonest -update."}
	var table strings.Builder
	table.WriteString("| package | tests | differ at `namespaces` | the layer | differ at `landlock` | the layer |\n|---|---|---|---|---|---|\n")
	for _, pkg := range list {
		bin := filepath.Join(passable(t), "candidate")
		build := exec.Command("go", "test", "-c", "-o", bin, pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", pkg, err, out)
			continue
		}
		os.Chmod(bin, 0o755)
		dir := filepath.Join(root, "src", pkg)
		bare := resultsOf(t, root, dir, bin, layers{})
		row := fmt.Sprintf("| %s | %d |", pkg, len(bare))
		for _, level := range []string{Namespaces, Landlock} {
			differing := differ(bare, resultsOf(t, root, dir, bin, layersOf(level)))
			var blame []string
			if len(differing) > 0 {
				for _, l := range []struct {
					name string
					with layers
				}{
					{"own namespaces", layers{namespaces: true, proc: true, unused: true}}, {"Landlock", layers{landlock: true}},
					{"seccomp", layers{seccomp: true}}, {"limits", layers{limits: true}},
				} {
					if l.with.namespaces && level == Landlock {
						continue
					}
					if n := len(differ(bare, resultsOf(t, root, dir, bin, l.with))); n > 0 {
						blame = append(blame, fmt.Sprintf("%s: %d", l.name, n))
					}
				}
				t.Logf("%s: %s: %v (%v)", level, pkg, differing, blame)
			}
			count := "none"
			if len(differing) > 0 {
				count = fmt.Sprint(len(differing))
			}
			row += fmt.Sprintf(" %s | %s |", count, strings.Join(blame, ", "))
			if level != Namespaces {
				continue
			}
			for _, name := range differing {
				found = append(found, pkg+" "+name)
				if !*update && !known[pkg+" "+name] {
					t.Errorf("%s: %s differs in the sandbox", pkg, name)
				}
			}
		}
		table.WriteString(row + "\n")
	}
	if *update {
		replaceTable(t, "honest", table.String())
		if err := os.WriteFile(listed, []byte(strings.Join(found, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// resultsOf runs a test binary and gives the result of each test by its name.
// Without layers it runs as it does without a sandbox.
func resultsOf(t *testing.T, root, dir, bin string, with layers) map[string]string {
	t.Helper()
	home := filepath.Join(passable(t), "home")
	for _, d := range []string{home, home + "/tmp"} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "-test.short", "-test.v", "-test.timeout=30s")
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + home, "TMPDIR=" + home + "/tmp", "PATH=" + os.Getenv("PATH"), "GOROOT=" + root}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.Create(filepath.Join(filepath.Dir(home), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	runtime.LockOSThread() // it dies with the thread
	defer runtime.UnlockOSThread()
	if with != (layers{}) {
		_, err = start(cmd, Profile{
			Home: home, Read: []string{dir, filepath.Join(filepath.Dir(dir), "testdata"), "/usr/share/zoneinfo", "/etc/localtime", filepath.Join(root, "lib/time/zoneinfo.zip")},
			Loopback: true, Limits: Limits{Data: 4 << 30, File: 1 << 30},
		}, with)
	} else {
		if os.Getuid() == 0 {
			// What root can do is another matter.
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(unusedID()), Gid: uint32(unusedID())}
			os.Chown(home, unusedID(), unusedID())
			os.Chown(home+"/tmp", unusedID(), unusedID())
		}
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	res := map[string]string{}
	printed, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(printed), "\n") {
		line = strings.TrimSpace(line)
		for _, word := range []string{"PASS", "FAIL", "SKIP"} {
			if rest, ok := strings.CutPrefix(line, "--- "+word+": "); ok {
				name, _, _ := strings.Cut(rest, " (")
				if !strings.Contains(name, "/") {
					res[name] = word
				}
			}
		}
	}
	return res
}

// differ lists the tests that did not do the same. Those that fail outside, and do
// not here, are fine.
func differ(bare, boxed map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(bare)) {
		if bare[name] == "PASS" && boxed[name] != "PASS" {
			list = append(list, name)
		}
	}
	return list
}
