// Package full has the agent that the run in ../../kept/full ended with.
package full

import (
	"math/bits"
	"sort"
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
		maxLeaves = 300000 // ways to cover the hits that are kept
		exact     = 40000  // up to so many fleets are all counted, above it they are sampled
		samples   = 5000
		tries     = 150000
		later     = 0.9 // worth of a hit with the next shot, compared with one now
		careful   = 220 // up to so many different fleets the later shots are compared as well
	)
	rows := len(board)
	if rows == 0 {
		return ""
	}
	cols := len(board[0])
	cells := rows * cols
	if cols == 0 || cells > 128 {
		return ""
	}
	for _, row := range board {
		if len(row) != cols {
			return ""
		}
	}

	// A set has a bit for each square.
	type set [2]uint64
	overlap := func(a, b set) bool { return a[0]&b[0] != 0 || a[1]&b[1] != 0 }
	union := func(a, b set) set { return set{a[0] | b[0], a[1] | b[1]} }
	var hit, miss set
	for r, row := range board {
		for c := 0; c < cols; c++ {
			i := r*cols + c
			switch row[c] {
			case 'X':
				hit[i>>6] |= uint64(1) << uint(i&63)
			case 'O':
				miss[i>>6] |= uint64(1) << uint(i&63)
			}
		}
	}

	lengths := [5]int{5, 4, 3, 3, 2}
	var open [5][]set      // by ship: placements on unknown squares only
	var through [5][][]set // by ship and hit: placements that cover the hit and no miss
	for s, n := range lengths {
		through[s] = make([][]set, cells)
		for start := 0; start < cells; start++ {
			for dir := 0; dir < 2; dir++ {
				r, c := start/cols, start%cols
				step := 1
				if dir == 0 && c+n > cols {
					continue
				}
				if dir == 1 {
					step = cols
					if r+n > rows {
						continue
					}
				}
				var m set
				for k := 0; k < n; k++ {
					i := start + k*step
					m[i>>6] |= uint64(1) << uint(i&63)
				}
				if overlap(m, miss) {
					continue
				}
				if !overlap(m, hit) {
					open[s] = append(open[s], m)
					continue
				}
				for k := 0; k < n; k++ {
					i := start + k*step
					if hit[i>>6]>>uint(i&63)&1 != 0 {
						through[s][i] = append(through[s][i], m)
					}
				}
			}
		}
	}

	// A leaf is a way to cover all hits; the ships in free lie elsewhere. The
	// first uncovered hit is covered next, so that no way is found twice.
	type leaf struct {
		taken  set
		free   int
		factor float64
		sum    float64 // of the weights up to this leaf
	}
	var leaves []leaf
	sum := 0.0
	var cover func(taken set, free int, factor float64)
	cover = func(taken set, free int, factor float64) {
		if len(leaves) >= maxLeaves {
			return
		}
		rest := set{hit[0] &^ taken[0], hit[1] &^ taken[1]}
		left := bits.OnesCount64(rest[0]) + bits.OnesCount64(rest[1])
		if left == 0 {
			w := factor
			for s := range lengths {
				if free>>uint(s)&1 != 0 {
					w *= float64(len(open[s]))
				}
			}
			if w > 0 {
				sum += w
				leaves = append(leaves, leaf{taken, free, factor, sum})
			}
			return
		}
		room := 0
		for s, n := range lengths {
			if free>>uint(s)&1 != 0 {
				room += n
			}
		}
		if room < left {
			return
		}
		square := bits.TrailingZeros64(rest[0])
		if rest[0] == 0 {
			square = 64 + bits.TrailingZeros64(rest[1])
		}
		for s := range lengths {
			if free>>uint(s)&1 == 0 {
				continue
			}
			// The two ships of 3 squares are alike: use the first one first,
			// and count it for both.
			f := factor
			if s == 2 && free>>3&1 != 0 {
				f *= 2
			}
			if s == 3 && free>>2&1 != 0 {
				continue
			}
			for _, m := range through[s][square] {
				if !overlap(m, taken) {
					cover(union(m, taken), free&^(1<<uint(s)), f)
				}
			}
		}
	}
	cover(set{}, 1<<5-1, 1)
	if len(leaves) == 0 {
		return ""
	}

	// joint counts the fleets with ships on both of two unknown squares.
	joint := make([][128]float64, cells)
	all := 0.0
	add := func(m set, w float64) {
		var at [32]int
		n := 0
		for half := 0; half < 2; half++ {
			for b := m[half] &^ hit[half]; b != 0; b &= b - 1 {
				at[n] = half*64 + bits.TrailingZeros64(b)
				n++
			}
		}
		for _, i := range at[:n] {
			row := &joint[i]
			for _, j := range at[:n] {
				row[j] += w
			}
		}
		all += w
	}
	// A fleet stands for all fleets that take the same unknown squares: no shot
	// can tell them apart.
	type fleet struct {
		squares set
		w       float64
	}
	var fleets []fleet // all of them, or none if they are sampled
	if sum <= exact {
		index := map[set]int{}
		var place func(taken set, free int, w float64)
		place = func(taken set, free int, w float64) {
			if free == 0 {
				squares := set{taken[0] &^ hit[0], taken[1] &^ hit[1]}
				k, found := index[squares]
				if !found {
					k = len(fleets)
					index[squares] = k
					fleets = append(fleets, fleet{squares, 0})
				}
				fleets[k].w += w
				return
			}
			for _, m := range open[bits.TrailingZeros64(uint64(free))] {
				if !overlap(m, taken) {
					place(union(m, taken), free&(free-1), w)
				}
			}
		}
		for _, l := range leaves {
			place(l.taken, l.free, l.factor)
		}
		for _, f := range fleets {
			add(f.squares, f.w)
		}
	} else {
		// Every fleet is proposed equally often; those that overlap are dropped.
		state := uint64(0x9E3779B97F4A7C15)
		next := func() uint64 {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			return state
		}
		for try := 0; try < tries && all < samples; try++ {
			u := float64(next()>>11) / (1 << 53) * sum
			k := sort.Search(len(leaves), func(i int) bool { return leaves[i].sum > u })
			if k == len(leaves) {
				k--
			}
			taken := leaves[k].taken
			fits := true
			for free := leaves[k].free; free != 0; free &= free - 1 {
				from := open[bits.TrailingZeros64(uint64(free))]
				m := from[int((next()>>33)%uint64(len(from)))]
				if overlap(m, taken) {
					fits = false
					break
				}
				taken = union(taken, m)
			}
			if fits {
				add(taken, 1)
			}
		}
	}
	if all == 0 {
		return ""
	}

	// The value of a square: the hits to be expected from it and from the best
	// square after it, which may depend on whether it was a hit.
	var ranked []int
	value := make([]float64, cells)
	for c := 0; c < cells; c++ {
		if joint[c][c] == 0 {
			continue
		}
		ifHit, ifMiss := 0.0, 0.0
		for d := 0; d < cells; d++ {
			if d == c {
				continue
			}
			both := joint[c][d]
			if both > ifHit {
				ifHit = both
			}
			if only := joint[d][d] - both; only > ifMiss {
				ifMiss = only
			}
		}
		value[c] = joint[c][c] + later*(ifHit+ifMiss)
		ranked = append(ranked, c)
	}
	sort.SliceStable(ranked, func(i, j int) bool { return value[ranked[i]] > value[ranked[j]] })

	// If all fleets are known, the best candidates are compared by the shots to
	// the end of the game, summed over the fleets, when each shot after the
	// candidate goes to the likeliest square.
	if n := len(fleets); n > 1 {
		var cost func(fs []fleet, done set, left int, care bool) float64
		// shoot is the cost of what comes after a shot at c. It reorders fs.
		shoot := func(fs []fleet, done set, left, c int, care bool) float64 {
			bit := uint64(1) << uint(c&63)
			hits := 0
			for k := range fs {
				if fs[k].squares[c>>6]&bit != 0 {
					fs[hits], fs[k] = fs[k], fs[hits]
					hits++
				}
			}
			missed := cost(fs[hits:], done, left, care)
			done[c>>6] |= bit
			return missed + cost(fs[:hits], done, left-1, care)
		}
		// In cost, done has the squares hit since the candidate's shot, and left
		// is the number of squares still to be hit, the same for all fleets. With
		// care, a shot is the best of the three likeliest squares.
		cost = func(fs []fleet, done set, left int, care bool) float64 {
			if len(fs) == 0 || left <= 0 {
				return 0
			}
			if len(fs) == 1 {
				return fs[0].w * float64(left)
			}
			if len(fs) == 2 {
				return (fs[0].w+fs[1].w)*float64(left) + min(fs[0].w, fs[1].w)
			}
			var count [128]float64
			total := 0.0
			for k := range fs {
				f := &fs[k]
				total += f.w
				for half := 0; half < 2; half++ {
					for b := f.squares[half] &^ done[half]; b != 0; b &= b - 1 {
						count[half*64+bits.TrailingZeros64(b)] += f.w
					}
				}
			}
			best := 0
			for c := 1; c < cells; c++ {
				if count[c] > count[best] {
					best = c
				}
			}
			// A sure hit costs nothing, and with one square left to be hit the
			// likeliest is the best.
			if care && left > 1 && count[best] < total {
				c, lowest := best, 0.0
				for k := 0; k < 3 && count[c] > 0; k++ {
					if s := shoot(fs, done, left, c, false); k == 0 || s < lowest {
						best, lowest = c, s
					}
					count[c] = 0
					for d := 0; d < cells; d++ {
						if count[d] > count[c] {
							c = d
						}
					}
				}
			}
			return total + shoot(fs, done, left, best, care)
		}

		left := -bits.OnesCount64(hit[0]) - bits.OnesCount64(hit[1])
		for _, length := range lengths {
			left += length
		}
		candidates := min(len(ranked), max(5, min(40, 80000/n)))
		ranked = ranked[:candidates]
		shots := make([]float64, cells)
		for _, c := range ranked {
			shots[c] = shoot(fleets, set{}, left, c, false)
		}
		sort.SliceStable(ranked, func(i, j int) bool { return shots[ranked[i]] < shots[ranked[j]] })
		if n <= careful && left > 1 {
			ranked = ranked[:min(len(ranked), 6)]
			for _, c := range ranked {
				shots[c] = shoot(fleets, set{}, left, c, true)
			}
			sort.SliceStable(ranked, func(i, j int) bool { return shots[ranked[i]] < shots[ranked[j]] })
		}
	}

	if len(ranked) > 5 {
		ranked = ranked[:5]
	}
	var names []string
	for _, c := range ranked {
		names = append(names, string(rune('A'+c/cols))+strconv.Itoa(c%cols+1))
	}
	return strings.Join(names, " ")
}

// Act is given a map and a plan and selects a target coordinate in a game. X denotes
// hits, O denotes misses, and . denotes unknown positions.
func (Agent) Act(board []string, plan string) (target string) {
	at := func(r, c int) byte {
		if r < 0 || r >= len(board) || c < 0 || c >= len(board[r]) {
			return ' '
		}
		return board[r][c]
	}
	// The plan names squares, the best one first.
	for _, name := range strings.Fields(plan) {
		if len(name) < 2 {
			continue
		}
		c, err := strconv.Atoi(name[1:])
		if err == nil && at(int(name[0])-'A', c-1) == '.' {
			return name
		}
	}
	// Without a usable plan: next to hits, in line with two of them at best, or
	// else on every other square.
	best := -1
	for r := range board {
		for c := 0; c < len(board[r]); c++ {
			if at(r, c) != '.' {
				continue
			}
			score := 0
			if (r+c)%2 == 0 {
				score++
			}
			for _, d := range [4][2]int{{0, 1}, {1, 0}, {0, -1}, {-1, 0}} {
				switch at(r+d[0], c+d[1]) {
				case 'X':
					score += 10
					if at(r+2*d[0], c+2*d[1]) == 'X' {
						score += 20
					}
				case '.':
					score += 2
				}
			}
			if score > best {
				best = score
				target = string(rune('A'+r)) + strconv.Itoa(c+1)
			}
		}
	}
	return target
}
