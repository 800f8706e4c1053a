package search

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opto-go/trace/optimizer"
)

// TestValues trains one value each, with cases that look at its source.
func TestValues(t *testing.T) {
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	within := func(lo, hi float64) func(string) (bool, float64, string) {
		return func(src string) (bool, float64, string) {
			x := number(src)
			return lo <= x && x <= hi, 0, ""
		}
	}
	tests := []struct {
		name, decl string
		judge      func(src string) (ok bool, score float64, feedback string)
		within     int
	}{
		{"neighbour", "//trace:node trainable\nvar v = 3", within(4, 4), 3},
		{"double", "//trace:node trainable min=1 max=1000\nvar v = 4", within(60, 70), 30},
		{"narrow window, pass or fail", "//trace:node trainable min=0 max=1000\nvar v = 10", within(700, 720), 120},
		{"down", "//trace:node trainable\nvar v = 1000", within(30, 40), 40},
		{"difference told", "//trace:node trainable\nvar v = 500", func(src string) (bool, float64, string) {
			got := 3*number(src) + 100
			return got == 1234, 0, fmt.Sprintf("Total() = %v, want %v", got, 1234)
		}, 200},
		{"ratio told", "//trace:node trainable\nvar v = 1000", func(src string) (bool, float64, string) {
			got := number(src) * 8
			return got == 8192, 0, fmt.Sprintf("got %v, want 8192", got)
		}, 4},
		{"slope of the score", "//trace:node trainable\nvar v = 1.0", func(src string) (bool, float64, string) {
			x := number(src)
			return math.Abs(x-37.5) < .01, -math.Abs(x - 37.5), ""
		}, 160},
		{"float between bounds", "//trace:node trainable min=0 max=1\nvar v = 0.5", within(.61, .63), 40},
		{"grid", "//trace:node trainable min=5 max=100 step=5\nvar v = 10", func(src string) (bool, float64, string) {
			return number(src) == 85, 0, ""
		}, 20},
		{"choices", "//trace:node trainable choices=\"-,_,.\"\nvar v = \"-\"", func(src string) (bool, float64, string) {
			return src == `"."`, 0, ""
		}, 2},
		{"bool", "//trace:node trainable\nvar v = false", func(src string) (bool, float64, string) { return src == "true", 0, "" }, 1},
		{"duration", "//trace:node trainable min=1ms max=10s\nvar v = 100 * time.Millisecond", func(src string) (bool, float64, string) {
			return src == "2 * time.Second" || src == "1600 * time.Millisecond", 0, ""
		}, 60},
		{"quoted in the feedback", "//trace:node trainable\nvar v = \"Hi\"", func(src string) (bool, float64, string) {
			return src == `"Hello"`, 0, fmt.Sprintf(`Greet("Bo") = %q, want "Hello Bo"`, strings.Trim(src, `"`)+" Bo")
		}, 12},
		{"small edit", "//trace:node trainable\nvar v = \"a_b_c\"", func(src string) (bool, float64, string) {
			return src == `"a-b-c"`, 0, ""
		}, 30},
		{"enumeration", "type mode int\nconst (\n\toff mode = iota\n\tlow\n\thigh\n)\n\n//trace:node trainable\nvar v = off", func(src string) (bool, float64, string) {
			return src == "high", 0, ""
		}, 3},
		{"element", "//trace:node trainable\nvar v = []int{1, 2, 4}", func(src string) (bool, float64, string) {
			return src == "[]int{1, 2, 3}", 0, ""
		}, 20},
		{"one more element", "//trace:node trainable\nvar v = []string{\"a\"}", func(src string) (bool, float64, string) {
			return src == `[]string{"a", "zz"}`, 0, `Known("zz") = false, want true`
		}, 40},
		{"field", "type conf struct{ n int; on bool }\n\n//trace:node trainable\nvar v = conf{n: 2, on: false}", func(src string) (bool, float64, string) {
			return src == "conf{n: 2, on: true}", 0, ""
		}, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			params := load(t, "example.com/p", map[string]string{"p.go": "package p\n\nimport \"time\"\n\nvar _ = time.Second\n\n" + tt.decl + "\n"})
			eval := func(src string) []optimizer.Case {
				ok, score, feedback := tt.judge(src)
				c := optimizer.Case{Name: "case", Result: "fail", Score: score, Feedback: []string{feedback}}
				if ok {
					c.Result, c.Score = "pass", 1
				}
				return []optimizer.Case{c}
			}
			tr := newTraining(params, eval(params[0].Source), 1)
			tr.byScore = true
			for tr.evals < tt.within && !tr.green {
				props, full := tr.next(t, 4)
				if len(props) == 0 {
					break
				}
				var results [][]optimizer.Case
				for _, assign := range full {
					results = append(results, eval(assign[params[0].ID]))
				}
				tr.learn(props, results)
			}
			tr.log(t, tt.name)
			if !tr.green {
				var tried []string
				for _, a := range tr.problem.History {
					tried = append(tried, a.Proposal.Assign[params[0].ID])
				}
				t.Errorf("not found in %d candidates: %s", tr.evals, strings.Join(tried, " | "))
			}
		})
	}
}

func TestDurationText(t *testing.T) {
	a := axis{kind: "duration", timeName: "time"}
	for d, want := range map[time.Duration]string{
		90 * time.Minute:        "90 * time.Minute",
		2 * time.Second:         "2 * time.Second",
		1500 * time.Microsecond: "1500 * time.Microsecond",
		0:                       "0",
		7:                       "7 * time.Nanosecond",
	} {
		if got := a.text(float64(d)); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	if got := (axis{kind: "duration"}).text(5e9); got != "5000000000" {
		t.Errorf("without package time: got %q, want nanoseconds", got)
	}
}
