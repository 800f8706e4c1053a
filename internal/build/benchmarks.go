package build

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// BenchOptions say which benchmarks to run, and for how long.
type BenchOptions struct {
	Pattern string // -test.bench
	Time    string // -test.benchtime
}

// RunBenchmarks runs the benchmarks that sel selects, and no test, once in a
// process of their own. The results of those that were measured have Units. A
// benchmark that crashes the process keeps the later ones from running.
func (b *Binary) RunBenchmarks(ctx context.Context, opt RunOptions, sel BenchOptions) (*Result, error) {
	start := time.Now()
	args := []string{
		"-test.run=^$", "-test.bench=" + sel.Pattern, "-test.benchtime=" + sel.Time, "-test.benchmem",
		"-test.count=1", "-test.timeout=0", "-test.paniconexit0",
	}
	args = append(args, opt.shuffleArgs()...)
	col := newCollector(false, opt.maxPrint())
	col.ours = opt.shuffleLine()
	exit, err := b.process(ctx, opt, append(args, opt.Args...), col, col.readOutput)
	if err != nil {
		return nil, err
	}
	res := &Result{Exits: []Exit{exit}}
	col.finish(exit, true)
	col.addTo(res)
	// Benchmarks print no marks, so what a panic said belongs to the one that
	// was running.
	if crash := col.crash.String(); crash != "" && len(res.Cases) > 0 {
		last := &res.Cases[len(res.Cases)-1]
		if last.Result == Fail && last.Output == "" {
			last.Output = crash
		}
	}
	res.Output = col.loose.String()
	res.Elapsed = time.Since(start)
	res.findTrouble()
	return res, nil
}

// A quantity is a number that a benchmark reported; JSON has no word for some.
type quantity float64

func (q *quantity) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		v = math.NaN() // no number at all
	}
	*q = quantity(v)
	return nil
}

// measured notes what a benchmark reported and printed.
func (c *collector) measured(name string, units map[string]quantity, output string) {
	if len(units) > 0 {
		m := make(map[string]float64, len(units))
		for unit, v := range units {
			m[unit] = float64(v)
		}
		c.saidOf(name).units = m
	}
	if output != "" {
		c.print(name, output)
	}
}
