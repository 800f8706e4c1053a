// Package board is the game of Battleship for one player, who looks for the ships
// of a hidden fleet on a square board.
package board

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Ship is called something and covers Length squares in a row.
type Ship struct {
	Name   string
	Length int
}

// Rules say what is played.
type Rules struct {
	Size  int    // of the board in squares, from 1 to 26
	Fleet []Ship // must fit on the board, without two ships on one square
	Shots int    // after so many the game is over
}

// Small is a crowded little board: 12 of 25 squares belong to ships. There are
// shots for all of them.
var Small = Rules{Size: 5, Fleet: []Ship{{"battleship", 4}, {"cruiser", 3}, {"submarine", 3}, {"destroyer", 2}}, Shots: 25}

// Full is the usual game: 17 of 100 squares belong to ships.
var Full = Rules{Size: 10, Fleet: []Ship{{"carrier", 5}, {"battleship", 4}, {"cruiser", 3}, {"submarine", 3}, {"destroyer", 2}}, Shots: 100}

// What a map shows of a square.
const (
	Unknown = '.'
	Hit     = 'X'
	Miss    = 'O'
)

// A Board is a game that is going on.
type Board struct {
	rules  Rules
	ship   [][]int  // by row and column, the number of the ship there from 1 on, or 0
	seen   [][]rune // by row and column, what the map shows
	places []string // of each ship, as in "B2-B5"
	shots  int
	hits   int
	left   int // squares of ships that are not hit
}

// New returns a board on which the ships lie as seed says. They do not overlap,
// but may touch.
func New(rules Rules, seed uint64) *Board {
	rnd := rand.New(rand.NewPCG(seed, 0))
	for {
		b := &Board{rules: rules}
		for range rules.Size {
			b.ship = append(b.ship, make([]int, rules.Size))
			b.seen = append(b.seen, []rune(strings.Repeat(string(Unknown), rules.Size)))
		}
		if b.place(rnd) {
			return b
		}
	}
}

// place puts the ships on the board one after the other, each at one of the places
// that are free, all equally likely. It fails if there is none for one.
func (b *Board) place(rnd *rand.Rand) bool {
	type place struct{ row, col, down, right int }
	for i, ship := range b.rules.Fleet {
		var free []place
		for row := range b.rules.Size {
			for col := range b.rules.Size {
				for _, p := range []place{{row, col, 0, 1}, {row, col, 1, 0}} {
					ok := true
					for k := range ship.Length {
						r, c := row+k*p.down, col+k*p.right
						ok = ok && r < b.rules.Size && c < b.rules.Size && b.ship[r][c] == 0
					}
					if ok {
						free = append(free, p)
					}
				}
			}
		}
		if len(free) == 0 {
			return false
		}
		p := free[rnd.IntN(len(free))]
		for k := range ship.Length {
			b.ship[p.row+k*p.down][p.col+k*p.right] = i + 1
		}
		last := ship.Length - 1
		b.places = append(b.places, square(p.row, p.col)+"-"+square(p.row+last*p.down, p.col+last*p.right))
		b.left += ship.Length
	}
	return true
}

// Map returns what is known: a string for each row, from A on, and in it a character
// for each column, from 1 on.
func (b *Board) Map() []string {
	var rows []string
	for _, row := range b.seen {
		rows = append(rows, string(row))
	}
	return rows
}

// Shoot shoots at a square, such as "C4", and reports whether that is a square of a
// ship which was not hit before. What is not a square, or was shot at before, is a
// miss, too, and the error says why.
func (b *Board) Shoot(target string) (hit bool, err error) {
	b.shots++
	row, col, err := b.parse(target)
	if err != nil {
		return false, err
	}
	if b.seen[row][col] != Unknown {
		return false, fmt.Errorf("%s was shot at before", target)
	}
	if b.ship[row][col] == 0 {
		b.seen[row][col] = Miss
		return false, nil
	}
	b.seen[row][col] = Hit
	b.hits++
	b.left--
	return true, nil
}

// Play lets player choose targets until the game is over.
func (b *Board) Play(player func(board []string) (target string)) {
	for !b.Over() {
		b.Shoot(player(b.Map())) // what is no shot counts, too
	}
}

// Pass is a turn without a shot. It counts as one that missed.
func (b *Board) Pass() { b.shots++ }

// Over reports whether all ships are sunk or all shots are spent.
func (b *Board) Over() bool { return b.left == 0 || b.shots == b.rules.Shots }

// Sunk reports whether all ships are sunk.
func (b *Board) Sunk() bool { return b.left == 0 }

// Shots returns how many shots were spent.
func (b *Board) Shots() int { return b.shots }

// Hits returns how many of them hit.
func (b *Board) Hits() int { return b.hits }

// Summary says how the game went and where the ships were, as one learns when a
// game is over.
func (b *Board) Summary() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d of %d squares with ships hit by %d shots. The ships:", b.hits, b.hits+b.left, b.shots)
	for i, ship := range b.rules.Fleet {
		if i > 0 {
			s.WriteByte(',')
		}
		fmt.Fprintf(&s, " %s of %d squares at %s", ship.Name, ship.Length, b.places[i])
	}
	return s.String() + "."
}

func (b *Board) parse(target string) (row, col int, err error) {
	for row := range b.rules.Size {
		for col := range b.rules.Size {
			if target == square(row, col) {
				return row, col, nil
			}
		}
	}
	return 0, 0, fmt.Errorf("%q is not a square: a letter for the row, A to %c, and a number for the column, 1 to %d, as in %q",
		target, 'A'+b.rules.Size-1, b.rules.Size, square(1, 0))
}

func square(row, col int) string { return fmt.Sprintf("%c%d", 'A'+row, col+1) }
