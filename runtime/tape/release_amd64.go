//go:build !race

package tape

// release sets *p to 0, after everything that was written before it. On amd64 stores
// become visible in their order, so a plain one does that; sync/atomic has none but the
// kind that waits until it is visible everywhere, which took a quarter of the time of a
// recorded operator. In assembly, no compiler moves anything across it.
//
//go:noescape
func release(p *uint32)
