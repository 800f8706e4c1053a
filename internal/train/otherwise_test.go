package train

import (
	"testing"

	"github.com/opto-go/trace/internal/build"
	trace "github.com/opto-go/trace/runtime"
	"github.com/opto-go/trace/runtime/tracefile"
)

// TestRecordedOtherwise: a recording that is of another course of things than the one
// that was scored says so, one that just took too long does not.
func TestRecordedOtherwise(t *testing.T) {
	score := func(f float64) *float64 { return &f }
	for _, tt := range []struct {
		name string
		rec  recorded
		out  outcome
		want string
	}{
		{"the same", recorded{result: "pass"}, outcome{result: build.Pass}, ""},
		{"the same score", recorded{result: "pass", score: score(-40)}, outcome{result: build.Pass, score: score(-40)}, ""},
		{"another score", recorded{result: "pass", score: score(-43.5)}, outcome{result: build.Pass, score: score(-40)}, "pass, score -43.5"},
		{"another result", recorded{result: "fail"}, outcome{result: build.Pass}, "fail"},
		{"did not end", recorded{}, outcome{result: build.Pass}, ""},
		{"took too long", recorded{result: tracefile.ResultKilled}, outcome{result: build.Pass}, ""},
		{"a benchmark", recorded{result: "pass"}, outcome{result: build.Fail, measured: "1 ns/op"}, ""},
		{"an example", recorded{result: "pass"}, outcome{name: "m.ExampleF", result: build.Fail}, ""},
		{"missing", recorded{result: "pass"}, outcome{result: missing}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.rec.graph = &trace.Graph{}
			if got := tt.rec.otherwise(tt.out); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
