package checker

import (
	"runtime/metrics"
	"sync"
	"time"
)

// look is how often a child looks at itself.
const look = 20 * time.Millisecond

// watch ends the process when it is over a limit before stop is called. Loops that
// never call anything do not keep it from running: goroutines are preempted.
func (c *child) watch(lim *Limits) (stop func()) {
	if lim == nil {
		return func() {}
	}
	began := cpuTime()
	most := lim.Heap
	if c.prog != nil {
		// Garbage counts until it is collected, which is when there is as much of it.
		most += 2 * c.prog.heap
	}
	done := make(chan struct{})
	var stopped sync.WaitGroup
	stopped.Go(func() {
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var over outcome
			if cpuTime()-began > lim.CPU {
				over = overTime
			} else if heap, _ := memory(); heap > most {
				over = overMemory
			}
			if over != 0 {
				c.end(over)
			}
		}
	})
	return func() {
		close(done)
		stopped.Wait()
	}
}

// memory is what objects and stacks take, and what the process has of the system,
// in bytes.
func memory() (heap, total int64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	n := func(i int) int64 { return int64(s[i].Value.Uint64()) }
	return n(0) + n(1), n(2) - n(3)
}
