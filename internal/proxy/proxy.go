package proxy

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opto-go/trace/internal/llm"
)

// Options configure a proxy.
type Options struct {
	Base *url.URL // of the real server, such as https://api.openai.com/v1
	Key  string   // the real key; may be empty for a server of one's own

	Store   Store
	Offline bool // answers come from the store only

	Meter     *llm.Meter
	Prices    *llm.Prices
	MaxTokens int // limit of an answer where a program sets none; 0: what the budget needs

	Timeout   time.Duration     // of a request to the server; 0: ten minutes
	Transport http.RoundTripper // nil: like http.DefaultTransport
}

// A Proxy is a server for programs under training.
type Proxy struct {
	opt     Options
	address string // http://host:port
	server  *http.Server
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	places  chan struct{} // requests at a time

	mu       sync.Mutex
	leases   []*Lease
	flights  map[Key]*flight
	answered int // requests answered without asking the server
	closed   bool
}

const (
	// maxAtOnce bounds the requests at a time, and with them the memory.
	maxAtOnce      = 64
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	defaultTimeout = 10 * time.Minute
)

// Start makes a proxy that listens until it is closed. When ctx ends, requests
// in flight end too.
func Start(ctx context.Context, opt Options) (*Proxy, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		opt: opt, address: "http://" + listener.Addr().String(),
		places: make(chan struct{}, maxAtOnce), flights: map[Key]*flight{},
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.server = &http.Server{
		Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
	p.running.Go(func() { p.server.Serve(listener) })
	return p, nil
}

// Address is where the proxy listens, as host:port.
func (p *Proxy) Address() string { return strings.TrimPrefix(p.address, "http://") }

// Serve answers also what comes in on another listener, until that is closed.
func (p *Proxy) Serve(l net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		l.Close()
		return
	}
	p.running.Go(func() { p.server.Serve(l) })
}

// Close stops everything that the proxy does and waits for the end of it.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	p.server.Close()
	p.running.Wait()
	if t, ok := p.opt.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Answered is how many requests were answered without asking the server.
func (p *Proxy) Answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered
}

// serve handles one request of a program.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		panic(http.ErrAbortHandler)
	}
	defer p.running.Done()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	lease := p.leaseOf(token)
	if lease == nil {
		write(w, refuse(http.StatusUnauthorized, "invalid_api_key", "this proxy serves the program under training only, while it is evaluated").answer())
		return
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-r.Context().Done():
		return
	}
	q, no := readRequest(w, r)
	if no != nil {
		write(w, no.answer())
		return
	}
	key := Key{Request: q.hash, N: lease.number(q.hash), Sample: lease.sample}
	f := p.join(key, q, lease.label)
	finished := f.copyTo(r.Context(), w)
	p.leave(f)
	if !finished {
		return // the program went away; its lease goes soon
	}
	if f.void != nil {
		lease.fail(f.void)
	}
	if !f.kept {
		lease.giveBack(q.hash, key.N)
	}
	if f.cut {
		panic(http.ErrAbortHandler) // as the server broke off, so does the proxy
	}
}

// enter counts a request among what Close waits for.
func (p *Proxy) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.running.Add(1)
	return true
}

func write(w http.ResponseWriter, a Answer) {
	w.Header().Set("Content-Type", a.Type)
	w.WriteHeader(a.Status)
	w.Write(a.Body)
}

// join returns the flight for a request, a new one if there is none.
func (p *Proxy) join(key Key, q *request, label string) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.flights[key]
	if f == nil {
		f = &flight{key: key, changed: make(chan struct{})}
		f.ctx, f.cancel = context.WithCancel(p.ctx)
		p.flights[key] = f
		p.running.Go(func() {
			defer f.cancel()
			p.fly(f, q, label)
			p.land(f)
		})
	} else {
		p.answered++
	}
	f.waiting++
	return f
}

// leave ends the interest of one program. A request that nobody waits for is
// not sent any more; one that was sent goes on, so that its answer is kept.
func (p *Proxy) leave(f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.sent {
		f.cancel()
		p.drop(f)
	}
}

func (p *Proxy) land(f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(f)
}

func (p *Proxy) drop(f *flight) {
	if p.flights[f.key] == f {
		delete(p.flights, f.key)
	}
}

// fly answers a request: from the store, else from the server.
func (p *Proxy) fly(f *flight, q *request, label string) {
	stored, ok, err := p.opt.Store.Load(f.key)
	switch {
	case err != nil:
		f.refuse(&refusal{http.StatusInternalServerError, "recording", err, true})
		return
	case ok:
		p.mu.Lock()
		p.answered++
		p.mu.Unlock()
		f.answer(stored, true, nil)
		return
	case p.opt.Offline:
		f.refuse(&refusal{http.StatusNotFound, "not_recorded", &MissingError{Path: q.path, N: f.key.N}, true})
		return
	}
	p.ask(f, q, label)
}

func (f *flight) refuse(r *refusal) {
	var void error
	if r.void {
		void = r.err
	}
	f.answer(r.answer(), false, void)
}

// A MissingError says that a recording does not have what a program asked.
type MissingError struct {
	Path string
	N    int
}

func (e *MissingError) Error() string {
	if e.N > 0 {
		return "the recording has no further answer to a request that the program repeats (" + strings.TrimPrefix(e.Path, "/") + ")"
	}
	return "the recording has no answer to what the program asks (" + strings.TrimPrefix(e.Path, "/") + ")"
}

// A PriceError says that a budget in dollars needs a price that is not known.
type PriceError struct{ Model string }

func (e *PriceError) Error() string {
	return "what " + e.Model + " costs is not known, which the budget needs"
}

// isBudget reports whether err is one of the budget's.
func isBudget(err error) bool { return errors.Is(err, llm.ErrBudget) }
