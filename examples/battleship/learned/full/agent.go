// Package full has the agent that the run in ../../kept/full ended with.
package full

import (
	"math"
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
		size       = 10
		squares    = size * size
		maxCovers  = 1000000 // ways to explain the hits that are kept
		maxExact   = 300000  // up to so many fleets are enumerated, else sampled
		samples    = 24000
		maxTries   = 400000
		fullSearch = 80000 // up to so many enumerated fleets are played to the end
		onePly     = 5000  // up to so many, the second shot is searched for as well
		twoPlies   = 1000  // up to so many, the third one too
		reliable   = 100   // a set of sampled fleets is not split further below this
		perBit     = 1.0   // misses that a bit of what is not known yet will cost
	)
	lengths := [5]int{5, 4, 3, 3, 2}
	type mask [2]uint64 // a set of squares; square = row*size + column

	var hits, unknown mask
	for r := 0; r < size && r < len(board); r++ {
		for c := 0; c < size && c < len(board[r]); c++ {
			sq := r*size + c
			bit := uint64(1) << uint(sq&63)
			switch board[r][c] {
			case 'X':
				hits[sq>>6] |= bit
			case '.':
				unknown[sq>>6] |= bit
			}
		}
	}

	// The places of each ship: all without a miss, those on unknown squares only, and
	// those over each hit.
	var places, free [5][]mask
	var over [5][squares][]mask
	for s, n := range lengths {
		for start := range squares {
			for _, step := range [2]int{1, size} {
				if step == 1 && start%size+n > size || step == size && start/size+n > size {
					continue
				}
				var m mask
				for i := range n {
					sq := start + i*step
					m[sq>>6] |= uint64(1) << uint(sq&63)
				}
				if m[0]&^(unknown[0]|hits[0]) != 0 || m[1]&^(unknown[1]|hits[1]) != 0 {
					continue
				}
				places[s] = append(places[s], m)
				if m[0]&hits[0] == 0 && m[1]&hits[1] == 0 {
					free[s] = append(free[s], m)
					continue
				}
				for w := range 2 {
					for b := m[w] & hits[w]; b != 0; b &= b - 1 {
						sq := w*64 + bits.TrailingZeros64(b)
						over[s][sq] = append(over[s][sq], m)
					}
				}
			}
		}
	}

	// The covers: squares of some ships that explain all hits, by the set of ships left.
	// Of the two ships of length 3, the second is only used after the first, so that
	// nothing is counted twice.
	var room [32]int
	for left := range room {
		for s, n := range lengths {
			if left>>uint(s)&1 == 1 {
				room[left] += n
			}
		}
	}
	var covers [32][]mask
	total := 0
	var extend func(used mask, left int)
	extend = func(used mask, left int) {
		if total >= maxCovers {
			return
		}
		r0, r1 := hits[0]&^used[0], hits[1]&^used[1]
		if r0|r1 == 0 {
			covers[left] = append(covers[left], used)
			total++
			return
		}
		if bits.OnesCount64(r0)+bits.OnesCount64(r1) > room[left] {
			return
		}
		sq := bits.TrailingZeros64(r0)
		if r0 == 0 {
			sq = 64 + bits.TrailingZeros64(r1)
		}
		for s := range lengths {
			if left>>uint(s)&1 == 0 || s == 3 && left>>2&1 == 1 {
				continue
			}
			for _, m := range over[s][sq] {
				if m[0]&used[0] == 0 && m[1]&used[1] == 0 {
					extend(mask{used[0] | m[0], used[1] | m[1]}, left&^(1<<uint(s)))
				}
			}
		}
	}
	extend(mask{}, 31)

	// How many fleets there are at most, overlaps of the ships left not excluded.
	var weight [32]float64
	sum := 0.0
	for left := range weight {
		w := float64(len(covers[left]))
		for s := range lengths {
			if left>>uint(s)&1 == 1 {
				w *= float64(len(free[s]))
			}
		}
		if left>>2&3 == 3 {
			w /= 2
		}
		weight[left] = w
		sum += w
	}

	// The fleets: all of them, or a sample in which all are equally likely.
	var fleets []mask
	exact := sum <= maxExact
	if exact {
		var fill func(used mask, left, from int)
		fill = func(used mask, left, from int) {
			if left == 0 {
				fleets = append(fleets, used)
				return
			}
			s := bits.TrailingZeros32(uint32(left))
			for i := from; i < len(free[s]); i++ {
				m := free[s][i]
				if m[0]&used[0] != 0 || m[1]&used[1] != 0 {
					continue
				}
				next := 0
				if s == 2 && left>>3&1 == 1 {
					next = i + 1
				}
				fill(mask{used[0] | m[0], used[1] | m[1]}, left&^(1<<uint(s)), next)
			}
		}
		for left := range weight {
			for _, used := range covers[left] {
				fill(used, left, 0)
			}
		}
	} else {
		state := hits[0]*3 + hits[1]*5 + unknown[0]*7 + unknown[1]*11
		random := func(n int) int {
			state += 0x9e3779b97f4a7c15
			z := state
			z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
			z = (z ^ (z >> 27)) * 0x94d049bb133111eb
			z ^= z >> 31
			hi, _ := bits.Mul64(z, uint64(n))
			return int(hi)
		}
		for tries := 0; tries < maxTries && len(fleets) < samples; tries++ {
			x := float64(random(1<<30)) / (1 << 30) * sum
			left := 0
			for left < 31 && x >= weight[left] {
				x -= weight[left]
				left++
			}
			if weight[left] == 0 {
				continue
			}
			used := covers[left][random(len(covers[left]))]
			ok := true
			for s := range lengths {
				if left>>uint(s)&1 == 0 {
					continue
				}
				m := free[s][random(len(free[s]))]
				if m[0]&used[0] != 0 || m[1]&used[1] != 0 {
					ok = false
					break
				}
				used[0] |= m[0]
				used[1] |= m[1]
			}
			if ok {
				fleets = append(fleets, used)
			}
		}
	}

	// tally counts in how many fleets of a set each open square has a ship.
	tally := func(set []mask, open mask, seen *[squares]int) {
		o0, o1 := open[0], open[1]
		for i := range set {
			for b := set[i][0] & o0; b != 0; b &= b - 1 {
				seen[bits.TrailingZeros64(b)]++
			}
			for b := set[i][1] & o1; b != 0; b &= b - 1 {
				seen[64+bits.TrailingZeros64(b)]++
			}
		}
	}
	var count [squares]int
	tally(fleets, unknown, &count)
	if len(fleets) == 0 {
		// No fleet explains the map: count the places, above all those with hits.
		for s := range lengths {
			for _, m := range places[s] {
				n := 1 + 10*(bits.OnesCount64(m[0]&hits[0])+bits.OnesCount64(m[1]&hits[1]))
				for w := range 2 {
					for b := m[w] & unknown[w]; b != 0; b &= b - 1 {
						count[w*64+bits.TrailingZeros64(b)] += n
					}
				}
			}
		}
	}
	var order []int
	for sq := range squares {
		if unknown[sq>>6]>>uint(sq&63)&1 == 1 {
			order = append(order, sq)
		}
	}
	if len(order) == 0 {
		return ""
	}
	slices.SortStableFunc(order, func(a, b int) int { return count[b] - count[a] })

	// split moves the fleets with a ship on a square to the front and counts them.
	split := func(set []mask, sq int) int {
		k, w, bit := 0, sq>>6, uint64(1)<<uint(sq&63)
		for i := range set {
			if set[i][w]&bit != 0 {
				set[i], set[k] = set[k], set[i]
				k++
			}
		}
		return k
	}
	// likeliest returns the square with the highest count.
	likeliest := func(seen *[squares]int) (best, top int) {
		for sq, n := range seen {
			if n > top {
				best, top = sq, n
			}
		}
		return best, top
	}
	// misses is the number of misses, over all fleets of a set, until only a few are left, if
	// each shot goes to the likeliest square, and about those that these few will cost.
	var misses func(set []mask, open mask, few int) float64
	misses = func(set []mask, open mask, few int) float64 {
		missed := 0.0
		for len(set) > few {
			if len(set) == 2 {
				// Hits on what they share, then one of both costs a miss.
				if set[0][0]&open[0] != set[1][0]&open[0] || set[0][1]&open[1] != set[1][1]&open[1] {
					missed++
				}
				break
			}
			var seen [squares]int
			tally(set, open, &seen)
			best, top := likeliest(&seen)
			if top == 0 {
				break // all ships are sunk
			}
			open[best>>6] &^= uint64(1) << uint(best&63)
			k := split(set, best)
			missed += float64(len(set) - k)
			missed += misses(set[:k], open, few)
			set = set[k:]
		}
		if n := float64(len(set)); len(set) <= few && n > 1 {
			missed += perBit * n * math.Log2(n)
		}
		return missed
	}
	// search is the same if the first of the shots, as many as there are plies, go to the
	// best of some likely squares. Certain hits are no plies.
	var search func(set []mask, open mask, few, plies int) float64
	search = func(set []mask, open mask, few, plies int) float64 {
		if plies == 0 || len(set) < 3 {
			return misses(set, open, few)
		}
		var seen [squares]int
		tally(set, open, &seen)
		least, first := -1.0, 0
		for i := range 4 {
			best, top := likeliest(&seen)
			if i == 0 {
				first = top
			}
			if top == 0 || top*100 < first*60 {
				break
			}
			seen[best] = 0
			next := plies - 1
			if top == len(set) {
				next = plies
			}
			rest := open
			rest[best>>6] &^= uint64(1) << uint(best&63)
			k := split(set, best)
			n := float64(len(set) - k)
			n += search(set[:k], rest, few, next)
			n += search(set[k:], rest, few, next)
			if least < 0 || n < least {
				least = n
			}
			if top == len(set) {
				break
			}
		}
		return max(least, 0)
	}

	// Look ahead from the likeliest squares, unless a hit is certain.
	top := count[order[0]]
	if len(fleets) > 1 && top < len(fleets) {
		few, candidates, share, plies := reliable, 10, 80, 0
		if exact && len(fleets) <= fullSearch {
			few, candidates, share = 1, 12, 50
			if len(fleets) <= onePly {
				plies = 1
			}
			if len(fleets) <= twoPlies {
				plies = 2
			}
		}
		best, least := 0, -1.0
		for i, sq := range order {
			if i >= candidates || count[sq] == 0 || count[sq]*100 < top*share {
				break
			}
			open := unknown
			open[sq>>6] &^= uint64(1) << uint(sq&63)
			k := split(fleets, sq)
			n := float64(len(fleets) - k)
			n += search(fleets[:k], open, few, plies)
			n += search(fleets[k:], open, few, plies)
			if least < 0 || n < least {
				best, least = i, n
			}
		}
		order[0], order[best] = order[best], order[0]
	}

	var names []string
	for _, sq := range order[:min(5, len(order))] {
		names = append(names, string(rune('A'+sq/size))+strconv.Itoa(sq%size+1))
	}
	return strings.Join(names, " ")
}

// Act is given a map and a plan and selects a target coordinate in a game. X denotes
// hits, O denotes misses, and . denotes unknown positions.
func (Agent) Act(board []string, plan string) (target string) {
	// The plan lists squares, the best first.
	for _, name := range strings.Fields(plan) {
		if len(name) < 2 {
			continue
		}
		row := int(name[0]) - 'A'
		col, err := strconv.Atoi(name[1:])
		if err != nil || row < 0 || row >= len(board) || col < 1 || col > len(board[row]) {
			continue
		}
		if board[row][col-1] == '.' {
			return name
		}
	}
	for r, line := range board {
		for c := range len(line) {
			if line[c] == '.' {
				return string(rune('A'+r)) + strconv.Itoa(c+1)
			}
		}
	}
	return ""
}
