// Package battleship has an agent that knows nothing of the game it plays: neither
// how to play it nor what a square is called. Both are there to be learned.
package battleship

// An Agent plays Battleship. It remembers nothing from one shot to the next.
type Agent struct{}

// Select returns the target of the next shot.
func (a Agent) Select(board []string) (target string) {
	plan := a.Reason(board)
	target = a.Act(board, plan)
	return target
}

// Reason is given a map and analyses the board in a game. X denotes hits, O denotes
// misses, and . denotes unknown positions.
//
//trace:bundle trainable
func (Agent) Reason(board []string) (plan string) {
	return ""
}

// Act is given a map and a plan and selects a target coordinate in a game. X denotes
// hits, O denotes misses, and . denotes unknown positions.
//
//trace:bundle trainable
func (Agent) Act(board []string, plan string) (target string) {
	return ""
}
