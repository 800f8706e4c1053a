//go:build !amd64 || race

package tape

import "sync/atomic"

// release sets *p to 0, after everything that was written before it.
func release(p *uint32) { atomic.StoreUint32(p, 0) }
