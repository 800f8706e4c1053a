package battleship

import (
	"fmt"
	"testing"

	"github.com/opto-go/trace/examples/battleship/board"
	trace "github.com/opto-go/trace/runtime"
)

// TestSmall plays on crowded boards of 5 by 5. The score of a game is the share of its
// shots that hit.
func TestSmall(t *testing.T) {
	play(t, board.Small, 1000, func(b *board.Board) float64 { return float64(b.Hits()) / float64(b.Shots()) })
}

// TestSmallHeld plays on boards to find out whether what was learned holds there.
func TestSmallHeld(t *testing.T) {
	play(t, board.Small, 2000, func(b *board.Board) float64 { return float64(b.Hits()) / float64(b.Shots()) })
}

// TestFull plays the usual game. The score is the number of shots that sink all ships,
// below zero: fewer are better.
func TestFull(t *testing.T) {
	play(t, board.Full, 1000, func(b *board.Board) float64 { return -float64(b.Shots()) })
}

// TestFullHeld is to TestFull what TestSmallHeld is to TestSmall.
func TestFullHeld(t *testing.T) {
	play(t, board.Full, 2000, func(b *board.Board) float64 { return -float64(b.Shots()) })
}

// play plays 40 games, each of which is a case, on boards from seed on.
func play(t *testing.T, rules board.Rules, seed uint64, score func(*board.Board) float64) {
	for i := range uint64(40) {
		t.Run(fmt.Sprintf("board %d", seed+i), func(t *testing.T) {
			b := board.New(rules, seed+i)
			for !b.Over() {
				turn(t, b)
			}
			trace.Score(t, score(b))
		})
	}
}

// turn lets the agent shoot once, and says what came of that. An agent that panics
// has missed.
func turn(t *testing.T, b *board.Board) {
	defer func() {
		if p := recover(); p != nil {
			b.Pass()
			trace.Feedback(t, p, "%s", verdict(b, false, fmt.Errorf("the agent panicked: %v", p)))
		}
	}()
	target := Agent{}.Select(b.Map())
	hit, err := b.Shoot(target)
	trace.Feedback(t, target, "%s", verdict(b, hit, err))
}

// verdict is what the agent is told about a shot.
func verdict(b *board.Board, hit bool, err error) string {
	text := "Got 0 reward."
	if hit {
		text = "Got 1 reward."
	}
	if err != nil {
		text += " " + err.Error() + "."
	}
	if b.Over() {
		text += " The game is over: " + b.Summary()
	}
	return text
}
