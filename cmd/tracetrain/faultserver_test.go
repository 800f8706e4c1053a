package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/opto-go/trace/internal/llm"
)

// faultKinds are what becomes of a request to a model that fails.
var faultKinds = []string{"429", "500", "hang", "cut", "garbage"}

// A faultyServer is a model that every third request fails at, in all ways by
// turns.
type faultyServer struct {
	*payServer
	mu     sync.Mutex
	calls  int
	faults map[string]int
	cut    map[llm.Key]int // answers that were made, and of which half was sent
}

func newFaultyServer(t *testing.T) *faultyServer {
	s := &faultyServer{payServer: newPayServer(t), faults: map[string]int{}, cut: map[llm.Key]int{}}
	answer := s.Server.Config.Handler
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls++
		fault := ""
		if s.calls%3 == 0 {
			fault = faultKinds[s.calls/3%len(faultKinds)]
			s.faults[fault]++
		}
		s.mu.Unlock()
		switch fault {
		case "429":
			w.Header().Set("Retry-After", "0.1")
			w.WriteHeader(http.StatusTooManyRequests)
		case "500":
			http.Error(w, "out of order", http.StatusInternalServerError)
		case "hang":
			io.Copy(io.Discard, r.Body) // only then it is noticed that nobody waits
			<-r.Context().Done()
		case "garbage":
			io.WriteString(w, "<html>bad gateway</html>")
		case "cut":
			before := s.snapshot()
			whole := httptest.NewRecorder()
			answer.ServeHTTP(whole, r)
			s.mu.Lock()
			for key, n := range s.snapshot() {
				s.cut[key] += n - before[key]
			}
			s.mu.Unlock()
			w.Header().Set("Content-Length", "100000")
			w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			answer.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// asked counts the requests so far.
func (s *faultyServer) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// broken counts the answers that were cut, by key.
func (s *faultyServer) broken() map[llm.Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.cut)
}
