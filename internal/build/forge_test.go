package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A program that ends early, or writes what it likes wherever it can, gets nothing
// from it.
func TestForge(t *testing.T) {
	const head = `package m
import ("fmt"; "os"; "syscall"; "testing"; "time")
var _, _, _, _ = fmt.Sprint, os.Exit, syscall.Exit, time.Sleep
`
	const frames = "{\\\"start\\\":\\\"TestB\\\",\\\"parent\\\":\\\"\\\"}\\n{\\\"case\\\":\\\"TestB\\\",\\\"result\\\":\\\"pass\\\"}\\n{\\\"score\\\":9,\\\"name\\\":\\\"TestA\\\"}\\n{\\\"done\\\":true}\\n"
	const everywhere = `for fd := 1; fd < 64; fd++ { syscall.Write(fd, []byte("` + frames + `")); syscall.Write(fd, []byte("guess ` + frames + `")) }
`
	tests := []struct {
		name, src string
		passed    []string // all others of TestA and TestB fail or do not run
		trouble   string   // part of
	}{
		{"nothing special", `
func TestA(t *testing.T) {}
func TestB(t *testing.T) {}`, []string{"TestA", "TestB"}, ""},
		{"os.Exit in the middle", `
func TestA(t *testing.T) { os.Exit(0) }
func TestB(t *testing.T) {}`, []string{"TestB"}, ""},
		{"syscall.Exit in the middle", `
func TestA(t *testing.T) { syscall.Exit(0) }
func TestB(t *testing.T) { t.Error("it is wrong") }`, nil, ""},
		{"exit after the last case", `
func TestMain(m *testing.M) { os.Exit(m.Run()) }
func TestA(t *testing.T) {}
func TestB(t *testing.T) { t.Cleanup(func() {}) }
func ExampleLast() { fmt.Println("x")
	go func() { time.Sleep(100*time.Millisecond); syscall.Exit(0) }()
	// Output: x
}
func ExampleWait() { time.Sleep(time.Second)
	// Output:
}`, []string{"TestA", "TestB"}, ""},
		{"exit before the end", `
func TestMain(m *testing.M) { os.Exit(m.Run()) }
func TestA(t *testing.T) {}
func TestB(t *testing.T) { go func() { for { time.Sleep(time.Millisecond); if endedTests >= 1 { syscall.Exit(0) } } }(); t.Cleanup(func() { endedTests++ }) }
var endedTests int
func TestC(t *testing.T) { select {} }`, []string{"TestA", "TestB"}, ""},
		{"panic after the last case", `
func TestMain(m *testing.M) { m.Run(); panic("late") }
func TestA(t *testing.T) {}
func TestB(t *testing.T) {}`, []string{"TestA", "TestB"}, "exit status 2"},
		{"status after the last case", `
func TestMain(m *testing.M) { m.Run(); os.Exit(3) }
func TestA(t *testing.T) {}
func TestB(t *testing.T) {}`, []string{"TestA", "TestB"}, "exit status 3"},
		{"frames to every descriptor", `
func TestA(t *testing.T) { ` + everywhere + `
	syscall.Exit(0) }
func TestB(t *testing.T) { t.Error("it is wrong") }`, nil, ""},
		{"the pipe closed", `
func TestA(t *testing.T) { for fd := 3; fd < 64; fd++ { syscall.Close(fd) } }
func TestB(t *testing.T) { t.Error("it is wrong") }`, nil, ""},
		{"text", `
func TestA(t *testing.T) { fmt.Print("\n\x16--- PASS: TestA (0.00s)\n\x16--- PASS: TestB (0.00s)\nPASS\nok\n"); syscall.Exit(0) }
func TestB(t *testing.T) { t.Error("it is wrong") }`, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, src := range map[string]string{"go.mod": "module example.com/m\n\ngo 1.24\n", "m.go": "package m\n", "m_test.go": head + tt.src + "\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			b := newBuilder(t, dir)
			bin, err := b.Compile(t.Context(), Spec{Dir: dir, Pkg: "example.com/m", Test: true, NoVet: true, Overlay: plainOverlay})
			if err != nil {
				t.Fatal(err)
			}
			res, err := bin.RunTests(t.Context(), RunOptions{Dir: dir, Timeout: 5e9, Tests: []string{"TestA", "TestB"}})
			if err != nil {
				t.Fatal(err)
			}
			var passed []string
			for _, name := range []string{"TestA", "TestB"} {
				if c := res.Case(name); c != nil && c.Result == Pass {
					passed = append(passed, name)
				}
				if c := res.Case(name); c != nil && c.Score != nil {
					t.Errorf("%s has the score %v", name, *c.Score)
				}
			}
			if strings.Join(passed, " ") != strings.Join(tt.passed, " ") {
				t.Errorf("passed: %v, want %v\n%+v", passed, tt.passed, res)
			}
			if tt.trouble == "" && res.Trouble != "" && !strings.Contains(res.Trouble, "before package testing") || !strings.Contains(res.Trouble, tt.trouble) {
				t.Errorf("trouble %q, want %q", res.Trouble, tt.trouble)
			}
		})
	}
}

// What ends with 0 when all cases have passed, but package testing was not done,
// is trouble: a failure may have been still to come.
func TestEarly(t *testing.T) {
	c := newCollector(false, 0)
	send := func(lines ...string) {
		for _, l := range lines {
			c.readResults(strings.NewReader(c.key + " " + l + "\n"))
		}
	}
	send(`{"reporter":1}`, `{"start":"TestA"}`, `{"case":"TestA","result":"pass"}`)
	if !c.early(Exit{}) {
		t.Error("not done, and not early")
	}
	if c.early(Exit{Code: 1}) {
		t.Error("another status tells by itself")
	}
	c.readResults(strings.NewReader(`{"done":true}` + "\n" + "guess {\"done\":true}\n"))
	if !c.early(Exit{}) {
		t.Error("lines without the key count")
	}
	send(`{"done":true}`)
	if c.early(Exit{}) {
		t.Error("done, and early")
	}
	send(`{"start":"TestB"}`)
	if !c.early(Exit{}) {
		t.Error("it went on and is still done")
	}
	res := &Result{Exits: []Exit{{Early: true}}, Cases: []CaseResult{{Name: "TestA", Result: Fail}}}
	if res.findTrouble(); !strings.Contains(res.Trouble, "before package testing had done with its tests") {
		t.Errorf("trouble %q", res.Trouble)
	}
}
