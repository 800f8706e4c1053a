package gen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// BenchmarkRatio compares whole runs of the quickstart's test binary: plain,
// instrumented but idle, and recorded. Each is run beside a plain run, so the
// ratios hold on any machine; see BENCHMARKS.md.
func BenchmarkRatio(b *testing.B) {
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../examples/quickstart")); err != nil {
		b.Fatal(err)
	}
	b.Setenv("GOWORK", "off")
	compile := func(name string, flags ...string) string {
		bin := filepath.Join(dir, name)
		cmd := exec.Command("go", append(append([]string{"test", "-c", "-o", bin}, flags...), ".")...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("go test -c: %v\n%s", err, out)
		}
		return bin
	}
	run := func(bin, traces string) time.Duration {
		cmd := exec.Command(bin)
		cmd.Env = append(os.Environ(), "TRACE_DIR="+traces)
		start := time.Now()
		if err := cmd.Run(); err != nil && !strings.HasPrefix(err.Error(), "exit status") {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	plain := compile("plain.test")
	prog, out := modtest.Load(b, gen.Config{Dir: dir, Tests: true})
	recorded := compile("recorded.test", modtest.Flags(b, prog, out)...)
	for _, bb := range []struct {
		name, traces string
	}{{"quickstart-instrumented", ""}, {"quickstart-recorded", b.TempDir()}} {
		b.Run(bb.name, func(b *testing.B) {
			var base, took time.Duration
			for range b.N {
				base += run(plain, "")
				took += run(recorded, bb.traces)
			}
			b.ReportMetric(float64(took)/float64(base), "×plain")
		})
	}
}

// BenchmarkInstrument measures loading and rewriting.
func BenchmarkInstrument(b *testing.B) {
	ar, err := txtar.ParseFile("testdata/run/feedback.txtar")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for _, f := range ar.Files {
		if f.Name != "want" {
			modtest.Write(b, dir, f.Name, string(f.Data))
		}
	}
	for range b.N {
		modtest.Load(b, gen.Config{Dir: dir, Tests: true})
	}
}
