package gen

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkRewriteRatio compares rewriting, and the check of its result, with
// the loading that precedes them, on packages of this repository with every
// function followed: ten times what directives alone would ask for.
func BenchmarkRewriteRatio(b *testing.B) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		b.Fatal(err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	for _, pattern := range []string{"./optimizer/...", "./internal/source", "./internal/llm"} {
		b.Run(strings.Trim(pattern, "./"), func(b *testing.B) {
			ctx := context.Background()
			var load, splice, check time.Duration
			for range b.N {
				start := time.Now()
				p, err := Load(ctx, Config{Dir: root, Patterns: []string{pattern}, Tests: true, All: true})
				if err != nil {
					b.Fatal(err)
				}
				load += time.Since(start)

				start = time.Now()
				a := analyze(p)
				_, files, err := a.rewrite()
				if err != nil {
					b.Fatal(err)
				}
				splice += time.Since(start)

				start = time.Now()
				c, err := a.newChecker()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.check(files); err != nil {
					b.Fatal(err)
				}
				check += time.Since(start)
			}
			b.ReportMetric(float64(splice)/float64(load), "splice/load")
			b.ReportMetric(float64(splice+check)/float64(load), "(splice+check)/load")
		})
	}
}
