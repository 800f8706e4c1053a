// Package small has the agent that the run in ../../kept/small ended with.
package small

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

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
func (Agent) Reason(board []string) (plan string) {
	const (
		size       = 5
		fleet      = 12      // squares with ships: 4+3+3+2
		budget     = 1200000 // layouts to play to the end for one shot
		rootWidth  = 10      // squares compared for this shot
		innerWidth = 4       // squares compared for the shots after it
	)
	type layout struct {
		mask   uint32
		weight float64
	}
	name := func(row, col int) string {
		return string(rune('A'+row)) + strconv.Itoa(col+1)
	}

	// Read the map.
	regular := len(board) == size
	for _, line := range board {
		if len(line) != size {
			regular = false
		}
	}
	var hits, misses uint32
	if regular {
		for row, line := range board {
			for col := range size {
				bit := uint32(1) << (row*size + col)
				switch line[col] {
				case 'X':
					hits |= bit
				case 'O':
					misses |= bit
				}
			}
		}
	}

	// List the layouts that agree with the map. The weight is the probability that
	// placing the ships in turn, each at a random free place, gives the layout.
	var layouts []layout
	if regular {
		places := func(length int) (masks []uint32) {
			for row := range size {
				for col := range size {
					if col+length <= size {
						mask := uint32(0)
						for i := range length {
							mask |= uint32(1) << (row*size + col + i)
						}
						masks = append(masks, mask)
					}
					if row+length <= size {
						mask := uint32(0)
						for i := range length {
							mask |= uint32(1) << ((row+i)*size + col)
						}
						masks = append(masks, mask)
					}
				}
			}
			return masks
		}
		free := func(masks []uint32, taken uint32) float64 {
			n := 0
			for _, mask := range masks {
				if mask&taken == 0 {
					n++
				}
			}
			return float64(n)
		}
		fours, threes, twos := places(4), places(3), places(2)
		weights := map[uint32]float64{}
		for _, a := range fours {
			if a&misses != 0 {
				continue
			}
			freeB := free(threes, a)
			for _, b := range threes {
				if b&(a|misses) != 0 {
					continue
				}
				ab := a | b
				freeC := free(threes, ab)
				for _, c := range threes {
					if c&(ab|misses) != 0 {
						continue
					}
					abc := ab | c
					missing := hits &^ abc
					if bits.OnesCount32(missing) > 2 {
						continue
					}
					weight := 1 / (freeB * freeC * max(1, free(twos, abc)))
					for _, d := range twos {
						if d&(abc|misses) == 0 && missing&^d == 0 {
							weights[abc|d] += weight
						}
					}
				}
			}
		}
		for mask, weight := range weights {
			layouts = append(layouts, layout{mask, weight})
		}
		slices.SortFunc(layouts, func(a, b layout) int { return int(a.mask) - int(b.mask) })
	}

	// Without any layout: prefer squares on many possible places, above all those
	// in line with hits.
	if len(layouts) == 0 {
		at := func(row, col int) byte {
			if row < len(board) && col < len(board[row]) {
				return board[row][col]
			}
			return 'O'
		}
		density := map[[2]int]float64{}
		for row, line := range board {
			for col := range len(line) {
				for _, length := range []int{4, 3, 3, 2} {
					for _, step := range [][2]int{{0, 1}, {1, 0}} {
						weight, fits := 1.0, true
						for i := range length {
							switch at(row+i*step[0], col+i*step[1]) {
							case 'O':
								fits = false
							case 'X':
								weight *= 8
							}
						}
						if !fits {
							continue
						}
						for i := range length {
							density[[2]int{row + i*step[0], col + i*step[1]}] += weight
						}
					}
				}
			}
		}
		best := -1.0
		for row, line := range board {
			for col := range len(line) {
				if line[col] == '.' && density[[2]int{row, col}] > best {
					best = density[[2]int{row, col}]
					plan = name(row, col)
				}
			}
		}
		return plan
	}

	// A square with a ship in all layouts costs nothing.
	common := ^uint32(0)
	for _, l := range layouts {
		common &= l.mask
	}
	if sure := common &^ hits; sure != 0 {
		var squares []string
		for ; sure != 0; sure &= sure - 1 {
			cell := bits.TrailingZeros32(sure)
			squares = append(squares, name(cell/size, cell%size))
		}
		return strings.Join(squares, " ")
	}
	if len(layouts) == 1 {
		return "" // all ships are hit
	}

	// gain is the score of a game with so many misses.
	var gain [64]float64
	for i := range gain {
		gain[i] = float64(fleet) / float64(fleet+i)
	}

	// limits finds the squares with a ship in all layouts and those with one in any.
	// The two name the set: it has all layouts that lie between them.
	limits := func(set []layout) (inter, union uint32) {
		inter = ^uint32(0)
		for i := range set {
			inter &= set[i].mask
			union |= set[i].mask
		}
		return inter, union
	}
	position := func(inter, union uint32, missed int) uint64 {
		return uint64(inter) | uint64(union)<<25 | uint64(missed)<<50
	}

	// survey adds up, for each open square, the weight of the layouts with a ship there.
	survey := func(set []layout, open uint32) (odds [32]float64, total float64) {
		for i := range set {
			weight := set[i].weight
			total += weight
			for rest := set[i].mask & open; rest != 0; rest &= rest - 1 {
				odds[bits.TrailingZeros32(rest)&31] += weight
			}
		}
		return odds, total
	}

	// split moves the layouts with a ship at bit to the front and counts them.
	split := func(set []layout, bit uint32) int {
		i, j := 0, len(set)
		for i < j {
			if set[i].mask&bit != 0 {
				i++
			} else {
				j--
				set[i], set[j] = set[j], set[i]
			}
		}
		return i
	}

	// greedy is the weighted score if the most likely square is always shot next.
	played := map[uint64]float64{}
	var greedy func(set []layout, missed int) float64
	greedy = func(set []layout, missed int) float64 {
		switch len(set) {
		case 0:
			return 0
		case 1:
			return set[0].weight * gain[missed]
		case 2:
			a, b := set[0].weight, set[1].weight
			return max(a, b)*gain[missed] + min(a, b)*gain[missed+1]
		}
		inter, union := limits(set)
		remember := len(set) >= 16
		key := position(inter, union, missed)
		if remember {
			if value, ok := played[key]; ok {
				return value
			}
		}
		open := union &^ inter
		odds, _ := survey(set, open)
		best := bits.TrailingZeros32(open) & 31
		for rest := open; rest != 0; rest &= rest - 1 {
			if cell := bits.TrailingZeros32(rest) & 31; odds[cell] > odds[best] {
				best = cell
			}
		}
		n := split(set, uint32(1)<<best)
		value := greedy(set[:n], missed) + greedy(set[n:], missed+1)
		if remember {
			played[key] = value
		}
		return value
	}

	// search compares the most likely of the allowed squares, as deep as the effort
	// (for each layout) lasts, and returns the weighted score of the best one, and it.
	type result struct {
		effort, value float64
		cell          int
	}
	searched := map[uint64]result{}
	var search func(set []layout, missed, width int, allowed uint32, effort float64) (float64, int)
	search = func(set []layout, missed, width int, allowed uint32, effort float64) (float64, int) {
		if effort < float64(width) {
			return greedy(set, missed), -1
		}
		inter, union := limits(set)
		key := position(inter, union, missed)
		if r, ok := searched[key]; ok && r.effort >= effort {
			return r.value, r.cell
		}
		open := union &^ inter
		odds, total := survey(set, open)
		open &= allowed
		width = min(width, bits.OnesCount32(open))
		share := effort / float64(max(1, width))
		inner := innerWidth
		if share >= 1000 {
			inner += 2
		}
		value, best := -1.0, -1
		for range width {
			if open == 0 {
				break
			}
			cell := bits.TrailingZeros32(open) & 31
			for rest := open; rest != 0; rest &= rest - 1 {
				if c := bits.TrailingZeros32(rest) & 31; odds[c] > odds[cell] {
					cell = c
				}
			}
			most := (total - odds[cell]) * gain[missed+1] // if it misses
			if odds[cell]*gain[missed]+most <= value {
				break // it cannot be better, nor can those after it
			}
			bit := uint32(1) << cell
			n := split(set, bit)
			// Squares that tell the same layouts apart need not be tried as well.
			inAll, _ := limits(set[:n])
			_, inAny := limits(set[n:])
			open &^= bit | inAll&^inAny
			sum := 0.0
			for k, part := range [2][]layout{set[:n], set[n:]} {
				if k == 1 && sum+most <= value {
					sum = -1 // it cannot be better any more
					break
				}
				if len(part) < 3 {
					sum += greedy(part, missed+k)
					continue
				}
				v, _ := search(part, missed+k, inner, ^uint32(0), share)
				sum += v
			}
			if sum > value {
				value, best = sum, cell
			}
		}
		searched[key] = result{effort, value, best}
		return value, best
	}

	allowed := ^uint32(0)
	if hits|misses == 0 {
		// The empty map is symmetric: a triangle stands for all of it.
		allowed = 0
		for row := range size/2 + 1 {
			for col := row; col <= size/2; col++ {
				allowed |= uint32(1) << (row*size + col)
			}
		}
	}
	effort := max(float64(rootWidth), float64(budget)/float64(len(layouts)))
	_, cell := search(layouts, bits.OnesCount32(misses), rootWidth, allowed, effort)
	if cell < 0 {
		return ""
	}
	return name(cell/size, cell%size)
}

// Act is given a map and a plan and selects a target coordinate in a game. X denotes
// hits, O denotes misses, and . denotes unknown positions.
func (Agent) Act(board []string, plan string) (target string) {
	// The plan lists squares, the best one first.
	for _, square := range strings.Fields(plan) {
		if len(square) < 2 {
			continue
		}
		row := int(square[0]) - 'A'
		col, err := strconv.Atoi(square[1:])
		if err == nil && row >= 0 && row < len(board) && col >= 1 && col <= len(board[row]) && board[row][col-1] == '.' {
			return square
		}
	}
	// Otherwise any unknown square.
	for row, line := range board {
		if col := strings.IndexByte(line, '.'); col >= 0 {
			return string(rune('A'+row)) + strconv.Itoa(col+1)
		}
	}
	return ""
}
