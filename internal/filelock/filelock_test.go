package filelock

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("FILELOCK_TEST_HOLD"); name != "" {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err == nil {
			err = Try(f)
		}
		if err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("locked\n")
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestTry(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	a, b := open(t, name), open(t, name)
	if err := Try(a); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	if err := Try(b); !errors.Is(err, ErrBusy) {
		t.Errorf("a second lock: %v", err)
	}
	a.Close()
	if err := Try(b); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
}

// The lock of a process that is killed does not block anyone.
func TestKilled(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	f := open(t, name)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FILELOCK_TEST_HOLD="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Skipf("the other process could not lock: %q, %v", line, err)
	}
	if err := Try(f); !errors.Is(err, ErrBusy) {
		t.Errorf("while the other process lives: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if err := Try(f); err != nil {
		t.Errorf("after it was killed: %v", err)
	}
}
