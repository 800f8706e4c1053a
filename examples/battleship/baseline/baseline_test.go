package baseline

import (
	"math/rand/v2"
	"testing"

	"github.com/opto-go/trace/examples/battleship/board"
)

type agent = func(board.Rules, *rand.Rand) Player

// mean is the mean number of shots that sink the fleet. Every shot has to be at a
// square that is unknown.
func mean(t *testing.T, rules board.Rules, new agent) float64 {
	t.Helper()
	const games = 60
	shots := 0
	for seed := range uint64(games) {
		b := board.New(rules, 7000+seed)
		play := new(rules, rand.New(rand.NewPCG(seed, 2)))
		for !b.Over() {
			target := play(b.Map())
			if _, err := b.Shoot(target); err != nil {
				t.Fatalf("board %d: %v", 7000+seed, err)
			}
		}
		shots += b.Shots()
	}
	return float64(shots) / games
}

// TestOrder: each agent is better than the one before it.
func TestOrder(t *testing.T) {
	for name, rules := range map[string]board.Rules{"small": board.Small, "full": board.Full} {
		last := mean(t, rules, Random)
		for _, a := range []struct {
			name string
			new  agent
		}{{"scan", Scan}, {"hunt", Hunt}, {"density", Density}} {
			got := mean(t, rules, a.new)
			if got >= last {
				t.Errorf("%s: %s takes %.1f shots, the one before it %.1f", name, a.name, got, last)
			}
			last = got
		}
	}
}

// TestDensity: in a row of three unknown squares, the one in the middle is covered by
// most places, and beside a hit the square that makes a line.
func TestDensity(t *testing.T) {
	rules := board.Rules{Size: 3, Fleet: []board.Ship{{Name: "boat", Length: 2}}}
	for _, tt := range []struct {
		board []string
		want  string
	}{
		{[]string{"OOO", "...", "OOO"}, "B2"},
		{[]string{"OOO", "OX.", "OOO"}, "B3"},
	} {
		if got := Density(rules, nil)(tt.board); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.board, got, tt.want)
		}
	}
}
