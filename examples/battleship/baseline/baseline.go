// Package baseline has agents for Battleship that were written by hand, to compare
// learned ones with. All of them know the rules, and so what ships there are.
package baseline

import (
	"fmt"
	"math/rand/v2"

	"github.com/opto-go/trace/examples/battleship/board"
)

// A Player returns the target of the next shot, given the map.
type Player func(board []string) (target string)

// Random shoots at any square that is unknown.
func Random(rules board.Rules, rnd *rand.Rand) Player {
	return func(board []string) string {
		var free []square
		each(board, func(s square) {
			if at(board, s) == unknown {
				free = append(free, s)
			}
		})
		return free[rnd.IntN(len(free))].String()
	}
}

// Scan goes through the rows, one after the other.
func Scan(rules board.Rules, rnd *rand.Rand) Player {
	return func(board []string) string {
		var first *square
		each(board, func(s square) {
			if first == nil && at(board, s) == unknown {
				first = &s
			}
		})
		return first.String()
	}
}

// Hunt shoots at squares beside hits, first where two hits make a line. If there are
// none, it shoots at a square of every second diagonal, by chance, as every ship
// covers one of these.
func Hunt(rules board.Rules, rnd *rand.Rand) Player {
	return func(board []string) string {
		var lined, beside, parity, rest []square
		each(board, func(s square) {
			if at(board, s) != unknown {
				return
			}
			near, line := false, false
			for _, d := range directions {
				if at(board, s.plus(d, 1)) == hit {
					near = true
					line = line || at(board, s.plus(d, 2)) == hit
				}
			}
			switch {
			case line:
				lined = append(lined, s)
			case near:
				beside = append(beside, s)
			case (s.row+s.col)%2 == 0:
				parity = append(parity, s)
			default:
				rest = append(rest, s)
			}
		})
		for _, squares := range [][]square{lined, beside, parity, rest} {
			if len(squares) > 0 {
				return squares[rnd.IntN(len(squares))].String()
			}
		}
		return ""
	}
}

// Density shoots at the square that most places of ships cover. A place must not
// hold a miss, and counts the more, the more hits it holds.
func Density(rules board.Rules, rnd *rand.Rand) Player {
	return func(board []string) string {
		weight := map[square]float64{}
		for _, ship := range rules.Fleet {
			each(board, func(s square) {
				for _, d := range directions[:2] {
					hits, fits := 0, true
					for k := range ship.Length {
						switch at(board, s.plus(d, k)) {
						case hit:
							hits++
						case miss, outside:
							fits = false
						}
					}
					if !fits || hits == ship.Length {
						continue
					}
					w := 1.0
					for range hits {
						w *= perHit
					}
					for k := range ship.Length {
						if p := s.plus(d, k); at(board, p) == unknown {
							weight[p] += w
						}
					}
				}
			})
		}
		var best *square
		each(board, func(s square) {
			if at(board, s) == unknown && (best == nil || weight[s] > weight[*best]) {
				best = &s
			}
		})
		return best.String()
	}
}

// perHit is by how much a place counts more for a hit in it. It was chosen on other
// boards than those that agents are compared on.
const perHit = 5

// A square is one of a map.
type square struct{ row, col int }

// String returns the name of the square, as in "B1".
func (s square) String() string { return fmt.Sprintf("%c%d", 'A'+s.row, s.col+1) }

func (s square) plus(d square, n int) square { return square{s.row + n*d.row, s.col + n*d.col} }

// directions are to the right, down, to the left and up.
var directions = []square{{0, 1}, {1, 0}, {0, -1}, {-1, 0}}

// What a square is.
const (
	unknown = board.Unknown
	hit     = board.Hit
	miss    = board.Miss
	outside = ' '
)

// at returns what the map shows at a square.
func at(board []string, s square) rune {
	if s.row < 0 || s.row >= len(board) || s.col < 0 || s.col >= len(board[s.row]) {
		return outside
	}
	return rune(board[s.row][s.col])
}

// each calls f for every square of the map, row by row.
func each(board []string, f func(square)) {
	for row := range board {
		for col := range board[row] {
			f(square{row, col})
		}
	}
}
