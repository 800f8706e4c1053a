package proxy

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"sync"
)

// A Lease lets the processes of one evaluation use the proxy.
type Lease struct {
	proxy  *Proxy
	label  string
	sample int
	token  string

	mu   sync.Mutex
	next map[string]int   // by request: the number of the next equal one
	free map[string][]int // numbers below it that were given back
	err  error            // the first reason why the evaluation does not count
}

// Lease returns a new lease. The label says in the recording whom it is for.
// Leases of one sample get the same answers to equal requests; those of another
// get others.
func (p *Proxy) Lease(label string, sample int) *Lease {
	var random [16]byte
	rand.Read(random[:])
	l := &Lease{
		proxy: p, label: label, sample: sample, token: tokenMark + hex.EncodeToString(random[:]),
		next: map[string]int{}, free: map[string][]int{},
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leases = append(p.leases, l)
	return l
}

// tokenMark makes it plain that a token is no key.
const tokenMark = "tracetrain-proxy-no-key-"

// Env is what has to be in the environment of a program that uses the proxy.
func (l *Lease) Env() []string {
	return []string{
		"OPENAI_BASE_URL=" + l.proxy.address + prefix,
		"OPENAI_API_BASE=" + l.proxy.address + prefix, // its name in older clients
		"OPENAI_API_KEY=" + l.token,
	}
}

// Close ends the lease: its token is worth nothing any more. The error says why
// what the program did tells nothing about it: the budget was spent, or the
// recording does not have what was asked.
func (l *Lease) Close() error {
	p := l.proxy
	p.mu.Lock()
	p.leases = slices.DeleteFunc(p.leases, func(other *Lease) bool { return other == l })
	p.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// fail notes why the evaluation does not count.
func (l *Lease) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// number takes the number of a request among equal ones.
func (l *Lease) number(request string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if free := l.free[request]; len(free) > 0 {
		l.free[request] = free[1:]
		return free[0]
	}
	n := l.next[request]
	l.next[request]++
	return n
}

// giveBack returns a number whose request got no answer that is kept: the next
// equal request is the same one, tried again.
func (l *Lease) giveBack(request string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, _ := slices.BinarySearch(l.free[request], n)
	l.free[request] = slices.Insert(slices.Clone(l.free[request]), at, n)
}

// leaseOf finds the lease that a token belongs to.
func (p *Proxy) leaseOf(token string) *Lease {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.leases {
		if subtle.ConstantTimeCompare([]byte(l.token), []byte(token)) == 1 {
			return l
		}
	}
	return nil
}
