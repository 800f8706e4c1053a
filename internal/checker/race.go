//go:build race

package checker

// reserves tells that this binary reserves far more memory than it uses, as the race
// detector does: the kernel cannot bound that.
const reserves = true
