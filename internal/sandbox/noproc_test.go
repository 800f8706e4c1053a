//go:build linux

package sandbox

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Where something lies above parts of /proc, as in containers, the kernel mounts no
// other. Programs run without one then, and have all other layers.
func TestNoProc(t *testing.T) {
	if os.Getenv("SANDBOX_TEST_NOPROC") != "" {
		withoutProc(t)
		return
	}
	needs(t, Namespaces)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestNoProc$", "-test.v")
	cmd.Env = append(os.Environ(), "SANDBOX_TEST_NOPROC=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
}

// withoutProc is the test in a mount namespace of its own.
func withoutProc(t *testing.T) {
	if err := unix.Mount("tmpfs", "/proc/sys", "tmpfs", 0, ""); err != nil {
		t.Skipf("nothing can be mounted: %v", err)
	}
	if err := Probe(context.Background(), Namespaces); err != nil {
		t.Fatalf("%s does not work without /proc: %v", Namespaces, err)
	}
	if HasProc(context.Background()) {
		t.Skip("this kernel mounts /proc nevertheless")
	}
	with := layersOf(Namespaces)
	if with.proc || !with.namespaces || !with.landlock || !with.seccomp || !with.limits {
		t.Errorf("layers %+v", with)
	}
	out, err := runConfined(t, Profile{Home: homeDir(t)}, with, "SANDBOX_TEST_LOOK=1")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(out, "/dev/null\n") {
		t.Errorf("the program saw\n%s", out)
	}
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(line, "/proc") {
			t.Errorf("the program saw %s", line)
		}
	}
}
