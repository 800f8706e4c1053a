package fresh

import (
	"testing"
	"time"
)

func TestWasSet(t *testing.T) {
	for _, tt := range []struct {
		passed, wall time.Duration
		want         bool
	}{
		{time.Second, time.Second, false},
		{10 * time.Second, 10*time.Second + 5*time.Millisecond, false}, // it runs fast, as clocks do
		{time.Second, time.Second - 2*time.Hour, true},
		{time.Second, time.Second + 2*time.Hour, true},
		{0, 0, false},
	} {
		if got := wasSet(tt.passed, tt.wall); got != tt.want {
			t.Errorf("wasSet(%v, %v) = %v", tt.passed, tt.wall, got)
		}
	}
}
