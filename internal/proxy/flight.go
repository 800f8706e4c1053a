package proxy

import (
	"context"
	"net/http"
	"sync"
)

// A flight is a request on its way to the server, perhaps for several
// evaluations that ask the same at the same time.
type flight struct {
	key    Key
	ctx    context.Context
	cancel context.CancelFunc

	// Under the mutex of the proxy.
	waiting int  // programs
	sent    bool // there is something to pay for

	mu      sync.Mutex
	changed chan struct{} // closed at every change
	begun   bool          // status and header are known
	status  int
	header  http.Header
	body    []byte
	done    bool
	cut     bool  // the answer is not whole
	kept    bool  // it is in the store
	void    error // the evaluation does not count
}

func (f *flight) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.changed)
	f.changed = make(chan struct{})
}

// begin makes the status and header known.
func (f *flight) begin(status int, header http.Header) {
	f.change(func() { f.begun, f.status, f.header = true, status, header })
}

// add makes more of the body known.
func (f *flight) add(p []byte) {
	f.change(func() { f.body = append(f.body, p...) })
}

// end settles the flight.
func (f *flight) end(cut, kept bool, void error) {
	f.change(func() { f.done, f.cut, f.kept, f.void = true, cut, kept, void })
}

// answer is begin, add and end at once.
func (f *flight) answer(a Answer, kept bool, void error) {
	f.begin(a.Status, http.Header{"Content-Type": {a.Type}})
	f.add(a.Body)
	f.end(false, kept, void)
}

// copyTo passes the answer on as it comes. It returns when all of it was
// written, or ctx is over.
func (f *flight) copyTo(ctx context.Context, w http.ResponseWriter) (finished bool) {
	flusher := http.NewResponseController(w)
	wrote, header := 0, false
	for {
		f.mu.Lock()
		begun, done, changed := f.begun, f.done, f.changed
		more := f.body[wrote:]
		f.mu.Unlock()
		if begun && !header {
			header = true
			for k, v := range f.header {
				w.Header()[k] = v
			}
			w.WriteHeader(f.status)
		}
		if len(more) > 0 {
			if _, err := w.Write(more); err != nil {
				return done
			}
			wrote += len(more)
			flusher.Flush()
			continue
		}
		if done {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
