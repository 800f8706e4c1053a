package proxy

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opto-go/trace/internal/llm"
)

// TestProgramEnds: an answer that has to be paid for is kept although nobody
// waits for it any more.
func TestProgramEnds(t *testing.T) {
	asked, ready := make(chan bool), make(chan bool)
	ok := counter()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-ready
		ok(w, r)
	})
	p, _ := start(t, u, nil)
	ctx, cancel := context.WithCancel(t.Context())
	l := p.Lease("x", 0)
	prog := l.program()
	ended := make(chan error)
	go func() {
		_, _, _, err := prog.do(ctx, "POST", "/chat/completions", hello)
		ended <- err
	}()
	<-asked
	cancel()
	if err := <-ended; err == nil {
		t.Error("the program got an answer")
	}
	l.Close()
	close(ready)
	if _, text := p.Lease("y", 0).program().chat(t, hello); !strings.Contains(text, `"id":"1"`) {
		t.Errorf("got %s", text)
	}
	if n := u.requests(); n != 1 {
		t.Errorf("%d requests reached the server", n)
	}
}

// TestClose: nothing is left behind, whatever is going on.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	u := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p, _ := start(t, u, func(o *Options) { o.Meter = llm.NewMeter(llm.Budget{Tokens: 20000}, llm.Spent{}, nil) })
	prog := p.Lease("x", 0).program()
	var wg sync.WaitGroup
	for i := range 5 { // one is on its way, the others wait for its end
		wg.Go(func() {
			prog.do(context.Background(), "POST", "/chat/completions", fmt.Sprintf(`{"model":"m","max_tokens":16000,"messages":[%d]}`, i))
		})
	}
	for end := time.Now().Add(5 * time.Second); u.requests() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	closed := make(chan bool)
	go func() { p.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not close")
	}
	wg.Wait()
	u.CloseClientConnections()
	u.Close()
	http.DefaultClient.CloseIdleConnections()
	for i := 0; runtime.NumGoroutine() > before && i < 200; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
	if _, _, _, err := prog.do(context.Background(), "POST", "/chat/completions", hello); err == nil {
		t.Error("it still answers")
	}
}
