// Curve draws what kept runs came to, call by call, as SVG on standard output. It reads
// lines "board,run,call,score,accepted" from standard input, the first a heading.
package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/opto-go/trace/examples/battleship/baseline"
	"github.com/opto-go/trace/examples/battleship/board"
)

// A panel shows the runs on one kind of board.
type panel struct {
	name, title string
	rules       board.Rules
	score       func(*board.Board) float64
	low, high   float64 // of the axis
	grid        float64
	flip        bool // lower is better
}

var panels = []panel{
	{"small", "5 × 5: hits per shot", board.Small, func(b *board.Board) float64 { return float64(b.Hits()) / float64(b.Shots()) }, 0, 0.7, 0.1, false},
	{"full", "10 × 10: shots to sink all", board.Full, func(b *board.Board) float64 { return float64(b.Shots()) }, 40, 100, 10, true},
}

// A point is what a proposal scored.
type point struct {
	run, call int
	score     float64
	accepted  bool
}

const (
	width, height      = 420.0, 300.0
	left, right        = 44.0, 70.0
	top, bottom        = 34.0, 40.0
	calls              = 6
	plotWide, plotHigh = width - left - right, height - top - bottom
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("curve: ")
	points, err := read(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g" font-family="sans-serif" font-size="11">`+"\n", 2*width, height)
	fmt.Println(`<title>Score of the best agent so far, over calls of the model</title>`)
	fmt.Printf(`<rect width="%g" height="%g" fill="white"/>`+"\n", 2*width, height)
	for i, p := range panels {
		fmt.Printf(`<g transform="translate(%g 0)">`+"\n", float64(i)*width)
		p.draw(points[p.name])
		fmt.Println("</g>")
	}
	fmt.Println("</svg>")
}

// read returns the points by board.
func read(r io.Reader) (map[string][]point, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	points := make(map[string][]point)
	for i, row := range rows {
		if i == 0 {
			continue
		}
		if len(row) != 5 {
			return nil, fmt.Errorf("line %d: %d fields, want 5", i+1, len(row))
		}
		run, err1 := strconv.Atoi(row[1])
		call, err2 := strconv.Atoi(row[2])
		score, err3 := strconv.ParseFloat(row[3], 64)
		accepted, err4 := strconv.ParseBool(row[4])
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
		points[row[0]] = append(points[row[0]], point{run, call, score, accepted})
	}
	return points, nil
}

func x(call int) float64 { return left + plotWide*float64(call)/calls }

func (p panel) y(score float64) float64 {
	part := (score - p.low) / (p.high - p.low)
	if p.flip {
		part = 1 - part
	}
	return top + plotHigh*(1-part)
}

func (p panel) draw(points []point) {
	fmt.Printf(`<text x="%g" y="18" font-size="13" font-weight="bold">%s</text>`+"\n", left, p.title)
	for v := p.low; v <= p.high+p.grid/2; v += p.grid {
		fmt.Printf(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#e5e5e5"/><text x="%g" y="%.1f" text-anchor="end" fill="#555">%.3g</text>`+"\n",
			left, p.y(v), width-right, p.y(v), left-6, p.y(v)+4, v)
	}
	for call := range calls + 1 {
		fmt.Printf(`<text x="%.1f" y="%g" text-anchor="middle" fill="#555">%d</text>`+"\n", x(call), height-bottom+16, call)
	}
	fmt.Printf(`<text x="%g" y="%g" text-anchor="middle" fill="#555">calls of the model</text>`+"\n", left+plotWide/2, height-8)
	word := height // where the one before stands; each is better, and above
	for _, b := range []struct {
		name string
		new  func(board.Rules, *rand.Rand) baseline.Player
	}{{"random", baseline.Random}, {"scan", baseline.Scan}, {"hunt", baseline.Hunt}, {"density", baseline.Density}} {
		y := p.y(p.mean(b.new))
		word = min(y+4, word-11)
		fmt.Printf(`<line x1="%g" y1="%.1f" x2="%g" y2="%.1f" stroke="#b08030" stroke-dasharray="4 3"/>`, left, y, width-right, y)
		fmt.Printf(`<text x="%g" y="%.1f" fill="#8a6420">%s</text>`+"\n", width-right+4, word, b.name)
	}
	colours := []string{"#1f5fa8", "#3d8b37", "#a83279", "#555555", "#c4621a"}
	runs := make(map[int][]point)
	most := 0
	for _, q := range points {
		runs[q.run] = append(runs[q.run], q)
		most = max(most, q.run)
	}
	for run := 1; run <= most; run++ {
		colour := colours[(run-1)%len(colours)]
		path, best := "", 0.0
		for i, q := range runs[run] {
			if i == 0 || q.accepted {
				best = q.score
			}
			if i == 0 {
				path = fmt.Sprintf("M%.1f %.1f", x(q.call), p.y(best))
			} else {
				path += fmt.Sprintf("H%.1fV%.1f", x(q.call), p.y(best))
			}
			if fill := "white"; i > 0 {
				if q.accepted {
					fill = colour
				}
				fmt.Printf(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s" stroke="%s"/>`+"\n", x(q.call), p.y(q.score), fill, colour)
			}
		}
		fmt.Printf(`<path d="%s" fill="none" stroke="%s" stroke-width="1.6"/>`+"\n", path, colour)
	}
}

// mean is what an agent comes to on the boards of training.
func (p panel) mean(new func(board.Rules, *rand.Rand) baseline.Player) float64 {
	sum := 0.0
	const games = 40
	for seed := range uint64(games) {
		b := board.New(p.rules, 1000+seed)
		b.Play(new(p.rules, rand.New(rand.NewPCG(seed, 1))))
		sum += p.score(b)
	}
	return sum / games
}
