//go:build linux

package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart compares a test binary that starts and runs no test in the sandbox with
// the same outside. The runs take turns, and medians count.
//
//	go test ./internal/sandbox -run - -bench Start -benchtime 200x
func BenchmarkStart(b *testing.B) {
	compareRuns(b, []string{"test", "-c"}, "sort", "-test.run=^$")
}

// BenchmarkStartLarge does the same in a process that has 200 MiB of memory in use.
//
//	go test ./internal/sandbox -run - -bench StartLarge -benchtime 200x
func BenchmarkStartLarge(b *testing.B) {
	ballast := make([]byte, 200<<20)
	for i := 0; i < len(ballast); i += 4096 {
		ballast[i] = 1
	}
	compareRuns(b, []string{"test", "-c"}, "sort", "-test.run=^$")
	runtime.KeepAlive(ballast)
}

// BenchmarkCompute does the same with a program that computes for a second.
//
//	go test ./internal/sandbox -run - -bench Compute -benchtime 9x
func BenchmarkCompute(b *testing.B) {
	compareRuns(b, []string{"build"}, "./testdata/attack", "compute")
}

func compareRuns(b *testing.B, compile []string, pkg, arg string) {
	dir, err := os.MkdirTemp("/tmp", "bench-")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755)
	bin, home := filepath.Join(dir, "candidate"), filepath.Join(dir, "home")
	build := exec.Command("go", append(compile, "-o", bin, pkg)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	os.MkdirAll(home+"/tmp", 0o700)
	runtime.LockOSThread() // programs die with the thread that started them
	levels := []string{None, Landlock, Namespaces}
	took := map[string][]float64{}
	for b.Loop() {
		for _, level := range levels {
			cmd := exec.Command(bin, arg)
			cmd.Dir = dir
			begun := time.Now()
			if level == None {
				err = cmd.Start()
			} else {
				_, err = start(cmd, Profile{Home: home, Read: []string{dir}, Loopback: true, Limits: Limits{Data: 4 << 30}}, layersOf(level))
			}
			if err != nil {
				b.Fatal(err)
			}
			cmd.Wait()
			took[level] = append(took[level], float64(time.Since(begun))/1e6)
		}
	}
	median := func(list []float64) float64 {
		slices.Sort(list)
		return list[len(list)/2]
	}
	bare := median(took[None])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bare, "bare-ms")
	for _, level := range levels[1:] {
		m := median(took[level])
		b.ReportMetric(m, level+"-ms")
		b.ReportMetric(m/bare, level+"/bare")
	}
}
