package build

import (
	"math/rand"
	"strings"
)

// shuffleArgs are the arguments that put the top-level tests into another order.
func (o *RunOptions) shuffleArgs() []string {
	if o.Shuffle == "" {
		return nil
	}
	return []string{"-test.shuffle=" + o.Shuffle}
}

// shuffleLine is what package testing prints about that, which says nothing about
// the program.
func (o *RunOptions) shuffleLine() string {
	if o.Shuffle == "" {
		return ""
	}
	return "-test.shuffle " + o.Shuffle + "\n"
}

// Shuffled is the order in which n tests run under -test.shuffle=seed: the place
// in the source of each. That package math/rand gives the same for a seed forever
// is promised by Go 1.
func Shuffled(seed int64, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	rand.New(rand.NewSource(seed)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// IsShuffled reports whether -test.shuffle moves the top-level case called name.
// Package testing leaves fuzz targets and examples where they are, behind the
// tests.
func IsShuffled(name string) bool { return strings.HasPrefix(name, "Test") }

// CutShuffle takes the flag -test.shuffle out of the arguments of a test binary;
// the last one counts.
func CutShuffle(args []string) (rest []string, value string, ok bool) {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(rest, args[i:]...), value, ok
		}
		name, v, inline := strings.Cut(args[i], "=")
		if name != "-test.shuffle" && name != "--test.shuffle" {
			rest = append(rest, args[i])
			continue
		}
		if ok = true; !inline && i+1 < len(args) {
			i++
			v = args[i]
		}
		value = v
	}
	return rest, value, ok
}
