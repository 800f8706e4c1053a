// Table prints how agents play on boards that none of them was learned or chosen on.
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"text/tabwriter"

	"github.com/opto-go/trace/examples/battleship"
	"github.com/opto-go/trace/examples/battleship/baseline"
	"github.com/opto-go/trace/examples/battleship/board"
	"github.com/opto-go/trace/examples/battleship/learned/full"
	"github.com/opto-go/trace/examples/battleship/learned/small"
)

// An agent is compared on the boards for which it has a player.
type agent struct {
	name        string
	small, full func(board.Rules, *rand.Rand) baseline.Player
}

// always is for agents that need neither rules nor chance.
func always(p baseline.Player) func(board.Rules, *rand.Rand) baseline.Player {
	return func(board.Rules, *rand.Rand) baseline.Player { return p }
}

var agents = []agent{
	{"nothing learned", always(battleship.Agent{}.Select), always(battleship.Agent{}.Select)},
	{"random", baseline.Random, baseline.Random},
	{"scan", baseline.Scan, baseline.Scan},
	{"hunt", baseline.Hunt, baseline.Hunt},
	{"density", baseline.Density, baseline.Density},
	{"learned on small boards", always(small.Agent{}.Select), nil},
	{"learned on full boards", nil, always(full.Agent{}.Select)},
}

func main() {
	games := flag.Int("games", 100, "boards of each kind")
	first := flag.Uint64("seed", 100000, "of the first board; training uses 1000 to 1039, and holds out 2000 to 2039")
	flag.Parse()
	if flag.NArg() > 0 || *games < 2 {
		flag.Usage()
		os.Exit(2)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "agent\tsmall: hits per shot\tfull: shots\n")
	for _, a := range agents {
		fmt.Fprintf(w, "%s\t%s\t%s\n", a.name,
			summary("%.3f ± %.3f", play(board.Small, a.small, *first, *games, func(b *board.Board) float64 { return float64(b.Hits()) / float64(b.Shots()) })),
			summary("%.1f ± %.1f", play(board.Full, a.full, *first, *games, func(b *board.Board) float64 { return float64(b.Shots()) })))
	}
	w.Flush()
}

// play plays games to their ends and returns their scores.
func play(rules board.Rules, agent func(board.Rules, *rand.Rand) baseline.Player, first uint64, games int, score func(*board.Board) float64) []float64 {
	if agent == nil {
		return nil
	}
	scores := make([]float64, games)
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				seed := first + uint64(i)
				b := board.New(rules, seed)
				b.Play(agent(rules, rand.New(rand.NewPCG(seed, 1))))
				scores[i] = score(b)
			}
		})
	}
	for i := range games {
		next <- i
	}
	close(next)
	workers.Wait()
	return scores
}

// summary is the mean of scores, and half of its 95 % interval.
func summary(format string, scores []float64) string {
	if len(scores) == 0 {
		return "–"
	}
	n, sum, squares := float64(len(scores)), 0.0, 0.0
	for _, x := range scores {
		sum += x
		squares += x * x
	}
	variance := (squares - sum*sum/n) / (n - 1)
	return fmt.Sprintf(format, sum/n, 1.96*math.Sqrt(max(0, variance)/n))
}
