package paired

import (
	"math"
	"slices"
)

// walsh returns the means of all pairs of values, each with itself too, in
// order.
func walsh(values []float64) []float64 {
	means := make([]float64, 0, len(values)*(len(values)+1)/2)
	for i, a := range values {
		for _, b := range values[i:] {
			means = append(means, a/2+b/2)
		}
	}
	slices.Sort(means)
	return means
}

// center is the Hodges-Lehmann estimate of what values lie around.
func center(values []float64) float64 {
	means := walsh(values)
	n := len(means)
	if n == 0 {
		return math.NaN()
	}
	if n%2 == 1 {
		return means[n/2]
	}
	return means[n/2-1]/2 + means[n/2]/2
}

// bounds is the confidence interval of what values lie around whose each side
// is missed with at most the probability level. It is infinite if there are
// too few values.
func bounds(values []float64, level float64) (low, high float64) {
	k := critical(len(values), level)
	if k < 0 {
		return math.Inf(-1), math.Inf(1)
	}
	means := walsh(values)
	return means[k], means[len(means)-1-k]
}

// critical is the greatest k for which a signed-rank sum of n values is at most
// k with at most the probability level; -1 if there is none.
func critical(n int, level float64) int {
	// ways[s] counts the sets of ranks up to n whose sum is s.
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	top := 0
	for rank := 1; rank <= n; rank++ {
		for s := top; s >= 0; s-- {
			ways[s+rank] += ways[s]
		}
		top += rank
	}
	limit := level * math.Exp2(float64(n))
	sum := 0.0
	for s, w := range ways {
		if sum += w; sum > limit {
			return s - 1
		}
	}
	return len(ways) - 1
}
