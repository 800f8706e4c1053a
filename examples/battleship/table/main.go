// Table prints how many shots agents take on boards that none of them was learned
// or chosen on.
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"text/tabwriter"

	"github.com/opto-go/trace/examples/battleship"
	"github.com/opto-go/trace/examples/battleship/baseline"
	"github.com/opto-go/trace/examples/battleship/board"
)

func main() {
	games := flag.Int("games", 400, "boards of each kind")
	first := flag.Uint64("seed", 100000, "of the first board; training uses 1000 to 1039 and 2000 to 2039")
	flag.Parse()
	if flag.NArg() > 0 || *games < 2 {
		flag.Usage()
		os.Exit(2)
	}
	agents := []struct {
		name string
		new  func(board.Rules, *rand.Rand) baseline.Player
	}{
		{"nothing learned", func(board.Rules, *rand.Rand) baseline.Player { return battleship.Agent{}.Select }},
		{"random", baseline.Random},
		{"scan", baseline.Scan},
		{"hunt", baseline.Hunt},
		{"density", baseline.Density},
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "agent\tsmall: hits per shot\tfull: shots\n")
	for _, a := range agents {
		var small, full sample
		for seed := *first; seed < *first+uint64(*games); seed++ {
			b := play(board.Small, seed, a.new)
			small.add(float64(b.Hits()) / float64(b.Shots()))
			b = play(board.Full, seed, a.new)
			full.add(float64(b.Shots()))
		}
		fmt.Fprintf(w, "%s\t%.3f ± %.3f\t%.1f ± %.1f\n", a.name, small.mean(), small.margin(), full.mean(), full.margin())
	}
	w.Flush()
}

// play plays a game to its end.
func play(rules board.Rules, seed uint64, agent func(board.Rules, *rand.Rand) baseline.Player) *board.Board {
	b := board.New(rules, seed)
	player := agent(rules, rand.New(rand.NewPCG(seed, 1)))
	for !b.Over() {
		b.Shoot(player(b.Map()))
	}
	return b
}

// A sample are the results of games.
type sample struct{ n, sum, squares float64 }

func (s *sample) add(x float64) { s.n++; s.sum += x; s.squares += x * x }

func (s *sample) mean() float64 { return s.sum / s.n }

// margin is half of the 95 % interval of the mean.
func (s *sample) margin() float64 {
	variance := (s.squares - s.sum*s.sum/s.n) / (s.n - 1)
	return 1.96 * math.Sqrt(max(0, variance)/s.n)
}
