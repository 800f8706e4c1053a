package differential

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/gen"
	"github.com/opto-go/trace/gen/internal/modtest"
)

// annotated are packages with tests and benchmarks, and the function of each that
// is made a bundle. The rewriting chooses what is followed for it.
var annotated = []struct{ path, bundle string }{
	{"encoding/base32", "func (enc *Encoding) Encode("},
	{"encoding/csv", "func (r *Reader) readRecord("},
	{"encoding/pem", "func Decode("},
	{"encoding/xml", "func (d *Decoder) rawToken("},
	{"html", "func unescapeEntity("},
	{"mime/quotedprintable", "func (r *Reader) Read("},
	{"net/mail", "func (p *addrParser) parseAddress("},
	{"net/textproto", "func canonicalMIMEHeaderKey("},
	{"text/tabwriter", "func (b *Writer) format("},
	{"text/template/parse", "func (t *Tree) pipeline("},
}

// BenchmarkBundle compares packages of the standard library in which one
// function is a bundle with the same packages as they are:
//
//   - idle/plain: their benchmarks, instrumented but not recording;
//   - recorded/plain: their benchmarks for a second each, recording;
//   - recorded/plain-cpu: each as often as the plain one runs in a second, in
//     processor time. How often a benchmark is to run is no guess here that what
//     is recorded at first misleads;
//   - tests/plain: their tests, recording, in processor time.
//
// Runs take turns, and of each benchmark the fastest run counts. The figures of
// several packages are combined by the geometric mean.
//
//	go test ./gen/differential -run - -bench Bundle -benchtime 3x -timeout 1h
func BenchmarkBundle(b *testing.B) {
	root, err := goRoot()
	if err != nil {
		b.Fatal(err)
	}
	// By package; of several rounds the last.
	idle, recorded, counted, tested := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, c := range annotated {
		b.Run(c.path, func(b *testing.B) {
			dir := newModule(b, "example.com/"+c.path)
			copyPackage(b, filepath.Join(root, "src", filepath.FromSlash(c.path)), dir, c.path)
			annotate(b, dir, c.bundle)
			plain, traced := compileTests(b, dir, nil), compileTests(b, dir, instrumentFlow(b, gen.Config{Dir: dir, Tests: true}).flags)

			fastest := func(into map[string]float64, bin, traces, long string) {
				for name, v := range benchmarks(b, dir, bin, traces, long) {
					if old, ok := into[name]; !ok || v < old {
						into[name] = v
					}
				}
			}
			atRest, quiet, recording := map[string]float64{}, map[string]float64{}, map[string]float64{}
			var tests, with time.Duration
			for range b.N {
				// Taking turns keeps both sides in the same weather.
				for range 5 {
					fastest(atRest, plain, "", "20ms")
					fastest(quiet, traced, "", "20ms")
				}
				// What a case may record is a part of a second.
				fastest(atRest, plain, "", "1s")
				fastest(recording, traced, b.TempDir(), "1s")
				tests += testTime(b, dir, plain, "")
				with += testTime(b, dir, traced, b.TempDir())
			}
			took, takes := map[string]float64{}, map[string]float64{}
			for name, ns := range atRest {
				times := max(1, int(1e9/ns))
				took[name] = benchmarkTime(b, dir, plain, "", name, times).Seconds()
				takes[name] = benchmarkTime(b, dir, traced, b.TempDir(), name, times).Seconds()
			}
			counted[c.path] = compared(b, takes, took)
			idle[c.path], recorded[c.path] = compared(b, quiet, atRest), compared(b, recording, atRest)
			tested[c.path] = float64(with) / float64(tests)
			b.ReportMetric(idle[c.path], "idle/plain")
			b.ReportMetric(recorded[c.path], "recorded/plain")
			b.ReportMetric(counted[c.path], "recorded/plain-cpu")
			b.ReportMetric(tested[c.path], "tests/plain")
		})
	}
	if len(idle) > 0 {
		all := func(m map[string]float64) float64 { return mean(slices.Collect(maps.Values(m))) }
		b.Logf("%d packages, geometric means: idle/plain %.3f, recorded/plain %.3f, in processor time %.3f, tests/plain %.3f",
			len(idle), all(idle), all(recorded), all(counted), all(tested))
	}
}

// compared is the mean of the ratios of benchmarks.
func compared(b *testing.B, with, without map[string]float64) float64 {
	b.Helper()
	var ratios []float64
	for name, v := range with {
		if without[name] > 0 {
			ratios = append(ratios, v/without[name])
		}
	}
	if len(ratios) == 0 {
		b.Fatal("no benchmark ran")
	}
	return mean(ratios)
}

// mean is the geometric mean.
func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(v)))
}

// annotate makes the function whose declaration begins with decl a bundle.
func annotate(t testing.TB, dir, decl string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(text, []byte("\n"+decl)); at >= 0 {
			modtest.Write(t, dir, filepath.Base(name), string(text[:at])+"\n//\n//trace:bundle"+string(text[at:]))
			return
		}
	}
	t.Fatalf("no declaration begins with %q", decl)
}

// compileTests builds the test binary of a package.
func compileTests(t testing.TB, dir string, flags []string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "p.test")
	cmd := exec.Command("go", append(append([]string{"test", "-c", "-o", bin}, flags...), ".")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	return bin
}

// benchmarks gives ns/op by name.
func benchmarks(t testing.TB, dir, bin, traces, long string) map[string]float64 {
	t.Helper()
	cmd := exec.Command(bin, "-test.run=-", "-test.bench=.", "-test.benchtime="+long, "-test.timeout=10m")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ns := map[string]float64{}
	for _, l := range strings.Split(string(out), "\n") {
		f := strings.Fields(l)
		for i := 2; i+1 < len(f); i++ {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil && f[i+1] == "ns/op" {
				ns[f[0]] = v
			}
		}
	}
	return ns
}

// testTime is the processor time of the tests.
func testTime(t testing.TB, dir, bin, traces string) time.Duration {
	t.Helper()
	return processTime(t, dir, traces, bin, "-test.timeout=10m")
}

// benchmarkTime is the processor time of a benchmark that runs so many times.
func benchmarkTime(t testing.TB, dir, bin, traces, name string, times int) time.Duration {
	t.Helper()
	parts := strings.Split(strings.TrimSuffix(name, fmt.Sprintf("-%d", runtime.GOMAXPROCS(0))), "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return processTime(t, dir, traces, bin, "-test.run=-", "-test.bench="+strings.Join(parts, "/"), fmt.Sprintf("-test.benchtime=%dx", times))
}

// processTime is the processor time of a process.
func processTime(t testing.TB, dir, traces, bin string, args ...string) time.Duration {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TRACE_DIR="+traces)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
