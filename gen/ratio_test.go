package gen

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkRewriteRatio compares rewriting, and the check of its result, with
// the loading that precedes them, on packages of this repository: with the
// flow functions of one bundle, and with every function followed. Each of the
// three uses all cores; what is waited for is compared, and the processor time,
// which other programs on the machine disturb less.
func BenchmarkRewriteRatio(b *testing.B) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		b.Fatal(err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	file := filepath.Join(root, "optimizer", "answer.go")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	const fn = "\nfunc ParseAnswer("
	annotated := bytes.Replace(text, []byte(fn), []byte("\n//\n//trace:bundle"+fn), 1)
	if bytes.Equal(annotated, text) {
		b.Fatalf("%s has no function ParseAnswer", file)
	}
	overlay := map[string][]byte{file: annotated}
	for _, bb := range []struct {
		name string
		cfg  Config
	}{
		{"bundle/optimizer", Config{Patterns: []string{"./optimizer/..."}, Overlay: overlay}},
		{"bundle/train", Config{Patterns: []string{"./internal/train"}, Overlay: overlay}},
		{"all/optimizer", Config{Patterns: []string{"./optimizer/..."}, All: true}},
		{"all/llm", Config{Patterns: []string{"./internal/llm"}, All: true}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			cfg := bb.cfg
			cfg.Dir, cfg.Tests = root, true
			var load, splice, check stopwatch
			followed := 0
			for range b.N {
				load.start()
				p, err := Load(context.Background(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				load.stop()

				splice.start()
				a := analyze(p)
				_, files, err := a.rewrite()
				if err != nil {
					b.Fatal(err)
				}
				splice.stop()

				check.start()
				c, err := a.newChecker()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.check(files); err != nil {
					b.Fatal(err)
				}
				check.stop()
				followed = 0
				for _, f := range files {
					followed += len(f.spans)
				}
			}
			b.ReportMetric(float64(followed), "functions")
			b.ReportMetric(float64(splice.wall)/float64(load.wall), "splice/load")
			b.ReportMetric(float64(splice.wall+check.wall)/float64(load.wall), "(splice+check)/load")
			b.ReportMetric(float64(splice.cpu)/float64(load.cpu), "splice/load-cpu")
			b.ReportMetric(float64(splice.cpu+check.cpu)/float64(load.cpu), "(splice+check)/load-cpu")
		})
	}
}

// A stopwatch sums up intervals.
type stopwatch struct {
	wall, cpu time.Duration
	began     time.Time
	used      time.Duration
}

func (s *stopwatch) start() { s.began, s.used = time.Now(), processorTime() }

func (s *stopwatch) stop() {
	s.wall += time.Since(s.began)
	s.cpu += processorTime() - s.used
}
