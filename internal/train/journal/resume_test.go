package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opto-go/trace/internal/llm"
)

// A run that was cut at any byte goes on: what was whole is there, what was not
// is kept beside, and a record that comes again is written once.
func TestResumeAnywhere(t *testing.T) {
	from := filepath.Join(t.TempDir(), "one")
	write(t, from)
	data, err := os.ReadFile(filepath.Join(from, File))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "cut")
	first := bytes.IndexByte(data, '\n') + 1
	for n := first; n <= len(data); n++ {
		// Each costs several syncs: all places around the ends of lines, and
		// some between.
		if n%17 != 0 && !bytes.Contains(data[n-2:min(n+2, len(data))], []byte("\n")) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, File), data[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		whole := bytes.LastIndexByte(data[:n], '\n') + 1
		w, run, torn, err := Resume(dir)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if (torn != "") != (whole < n) {
			t.Fatalf("%d bytes: torn = %q", n, torn)
		}
		if torn != "" {
			if got, err := run.Blob(torn); err != nil || !bytes.Equal(got, data[whole:n]) {
				t.Fatalf("%d bytes: kept %q, %v", n, got, err)
			}
		}
		for i := range run.Calls {
			if err := w.Append(Record{Call: &run.Calls[i]}); err != nil {
				t.Fatal(err)
			}
		}
		if now := contents(t, dir); !bytes.Equal(now, data[:whole]) {
			t.Fatalf("%d bytes: the journal is now\n%s", n, now)
		}
		// Once more is something new, and so is an end.
		calls := len(run.Calls)
		for _, r := range []Record{{Call: &Call{Key: llm.Key{Step: 9}}}, {Resumed: &Resumed{Torn: torn}}, {End: &End{Reason: "done"}}} {
			if err := w.Append(r); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		run, err = Open(dir)
		if err != nil || run.Cut || len(run.Calls) != calls+1 || len(run.Resumed) != 1 || run.End == nil {
			t.Fatalf("%d bytes: after it went on: %+v, %v", n, run, err)
		}
	}
}

func contents(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Of a line that was not synced, the end may be on disk and the beginning not.
func TestHole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	write(t, dir)
	whole := contents(t, dir)
	if err := os.WriteFile(filepath.Join(dir, File), append(bytes.Clone(whole), "\x00\x00\x00\"}}\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
	run, err := Open(dir)
	if err != nil || !run.Cut || run.End == nil {
		t.Fatalf("read %+v, %v", run, err)
	}
	w, _, torn, err := Resume(dir)
	if err != nil || torn != Sum([]byte("\x00\x00\x00\"}}\n")) {
		t.Fatalf("torn %q, %v", torn, err)
	}
	w.Close()
	if got := contents(t, dir); !bytes.Equal(got, whole) {
		t.Errorf("the journal is now\n%s", got)
	}
}

func TestResumeLocks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	w, err := Create(dir, Header{Module: "m"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Resume(dir); !errors.Is(err, ErrInUse) {
		t.Fatalf("while it is written: %v", err)
	}
	if _, err := Open(dir); err != nil {
		t.Errorf("it can be read meanwhile: %v", err)
	}
	w.Close()
	again, _, _, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, _, _, err := Resume(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("while it goes on: %v", err)
	}
}

func TestResumeErrors(t *testing.T) {
	dir := t.TempDir()
	if _, _, _, err := Resume(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte(`{"header":{"version":99}}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := Resume(dir); err == nil || !strings.Contains(err.Error(), "version 99 is newer than this program's") {
		t.Errorf("a newer format: %v", err)
	}
	if got := string(contents(t, dir)); got != `{"header":{"version":99}}`+"\n" {
		t.Errorf("a file that is not understood was changed: %q", got)
	}
}

// What a killed process left in the directory goes; what is whole stays.
func TestMend(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	write(t, dir)
	temp := filepath.Join(dir, blobDir, tempPrefix+"123")
	if err := os.WriteFile(temp, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	before, _ := filepath.Glob(filepath.Join(dir, blobDir, "[0-9a-f]*"))
	w, _, _, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	after, _ := filepath.Glob(filepath.Join(dir, blobDir, "*"))
	if len(before) == 0 || len(after) != len(before) {
		t.Errorf("blobs before %q, after %q", before, after)
	}
	// A blob that is not what its name says is written again.
	h := Sum([]byte("done"))
	if err := os.WriteFile(filepath.Join(dir, blobDir, string(h)), []byte("do"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Blob([]byte("done")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, blobDir, string(h))); err != nil || string(got) != "done" {
		t.Errorf("the blob holds %q, %v", got, err)
	}
}

// With room set aside, an answer can be kept although the disk is full.
func TestReserve(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	w, err := Create(dir, Header{Module: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Reserve(); err != nil {
		t.Fatal(err)
	}
	// The disk is full as long as the reserve is there.
	full := errors.New("no space left")
	diskFull = func() error {
		if _, err := os.Stat(filepath.Join(dir, reserveFile)); err == nil {
			return full
		}
		return nil
	}
	defer func() { diskFull = nil }()
	h, err := w.Blob([]byte("an answer"))
	if err != nil {
		t.Fatalf("a blob: %v", err)
	}
	if err := w.Append(Record{Call: &Call{Answer: h}}); err != nil {
		t.Fatalf("a record: %v", err)
	}
	// It is full for good: nothing further is begun, and nothing half stays.
	diskFull = func() error { return full }
	if err := w.Reserve(); !errors.Is(err, full) {
		t.Errorf("room for another answer: %v", err)
	}
	whole := contents(t, dir)
	if err := w.Append(Record{End: &End{}}); !errors.Is(err, full) {
		t.Errorf("a record on a full disk: %v", err)
	}
	diskFull = nil
	if err := w.Append(Record{End: &End{}}); !errors.Is(err, full) {
		t.Errorf("after an error nothing is written: %v", err)
	}
	if got := contents(t, dir); !bytes.Equal(got, whole) {
		t.Errorf("the journal holds %q, want %q", got, whole)
	}
}

// A limit of the size of files stands for a disk that gets full in the middle
// of a line.
func TestHalfLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	w, err := Create(dir, Header{Module: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	whole := contents(t, dir)
	restore := limitFiles(t, len(whole)+10)
	err = w.Append(Record{End: &End{Reason: strings.Repeat("long", 100)}})
	restore()
	if !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("Append = %v", err)
	}
	if got := contents(t, dir); !bytes.Equal(got, whole) {
		t.Errorf("the journal holds %q, want %q", got, whole)
	}
}

func FuzzResume(f *testing.F) {
	f.Add([]byte("{\"header\":{\"version\":2}}\n{\"call\":{\"prompt\":\"../x\"}}\n{"))
	f.Add([]byte("{\"header\":{\"version\":2}}\n\n\x00\x00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, File), data, 0o666); err != nil {
			t.Fatal(err)
		}
		w, run, _, err := Resume(dir)
		if err != nil {
			return
		}
		defer w.Close()
		if now := contents(t, dir); !bytes.HasPrefix(data, now) {
			t.Fatalf("%q became %q", data, now)
		}
		again, err := Open(dir)
		if err != nil || again.Cut || len(again.Calls) != len(run.Calls) || len(again.Candidates) != len(run.Candidates) {
			t.Fatalf("read %+v, again %+v, %v", run, again, err)
		}
	})
}
