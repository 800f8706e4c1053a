package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	maxBody    = 16 << 20         // of a response
	firstWait  = time.Second      // before the second attempt, doubled after
	longWait   = 30 * time.Second // the doubling stops here
	maxAskWait = 5 * time.Minute  // a longer Retry-After is not waited for
	// A server that did not answer in time is asked only once more: the lost
	// answer may have been paid for.
	maxTimeouts = 2
)

type sleepFunc func(ctx context.Context, d time.Duration) error

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retrier is the transport under go-openai, which neither retries nor shows
// Retry-After. It reads every body whole, so that a connection that breaks in
// the middle of an answer is an attempt that failed, not an answer.
type retrier struct {
	base  http.RoundTripper
	opt   Options
	check func(body []byte) error // of a 2xx body
	now   func() time.Time

	answered atomic.Bool // the server has answered once: it exists
}

// failure is the error of an attempt, or of all of them.
type failure struct {
	err      error
	attempts int
	again    bool // worth another attempt
	timeout  bool
	billed   bool  // the server may have made an answer, and bill it
	budget   error // what kept a further attempt from being made
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func (t *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	ctx := req.Context()
	key, call := keyOf(ctx), callOf(ctx)
	timeouts := 0
	for attempt := 1; ; attempt++ {
		resp, wait, f := t.attempt(req)
		if f == nil {
			return resp, nil
		}
		f.attempts = attempt
		call.Miss(f.billed)
		if f.timeout {
			timeouts++
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !f.again || attempt >= t.opt.Attempts || timeouts >= maxTimeouts {
			return nil, f
		}
		if wait > maxAskWait {
			f.err = fmt.Errorf("%w; the server asks to wait %s, which is longer than this waits", f.err, wait.Round(time.Second))
			return nil, f
		}
		if wait <= 0 {
			wait = backoff(t.opt.Seed, key, attempt)
		}
		if t.opt.OnRetry != nil {
			t.opt.OnRetry(Retry{Key: key, Attempt: attempt, Wait: wait, Reason: f.Error()})
		}
		if err := t.opt.sleep(ctx, wait); err != nil {
			return nil, err
		}
		switch err := call.Again(ctx); {
		case errors.Is(err, ErrBudget):
			f.budget = err
			return nil, f
		case err != nil:
			return nil, err
		}
	}
}

// attempt sends the request once. Wait is what the server asked for.
func (t *retrier) attempt(req *http.Request) (resp *http.Response, wait time.Duration, f *failure) {
	ctx, cancel := context.WithTimeout(req.Context(), t.opt.Timeout)
	defer cancel()
	try := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, 0, &failure{err: err}
		}
		try.Body = body
	}
	resp, err := t.base.RoundTrip(try)
	if err != nil {
		return nil, 0, t.lost(ctx, err)
	}
	t.answered.Store(true)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	resp.Body.Close()
	switch {
	case err != nil:
		return nil, 0, t.lost(ctx, fmt.Errorf("the answer broke off: %w", err))
	case len(body) > maxBody:
		return nil, 0, &failure{err: fmt.Errorf("the answer is longer than %d MB", maxBody>>20), billed: true}
	}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		if err := t.check(body); err != nil {
			return nil, 0, &failure{err: err, again: true, billed: true}
		}
	case code >= 300 && code < 400:
		// http.Client follows it, or says why not.
	default:
		e := newStatusError(code, body)
		return nil, retryAfter(resp.Header, t.now()), &failure{err: e, again: e.again(), billed: Billed(code)}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, 0, nil
}

// lost judges an attempt that got no whole answer.
func (t *retrier) lost(ctx context.Context, err error) *failure {
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return &failure{err: fmt.Errorf("no answer within %s", t.opt.Timeout), again: true, timeout: true, billed: true}
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the server closed the connection without an answer")
	}
	var dns *net.DNSError
	// Someone who mistyped the address should not have to wait for the
	// back-off; a server that was there before may come back.
	absent := errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns) && !dns.IsTemporary
	return &failure{err: err, again: !absent || t.answered.Load(), billed: !absent}
}

// statusError is an answer with a status that means failure.
type statusError struct {
	code    int
	message string // of the server, bounded
	kind    string // its machine-readable code or type
}

func newStatusError(code int, body []byte) *statusError {
	e := &statusError{code: code}
	var doc struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &doc) == nil && len(doc.Error) > 0 {
		var full struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    any    `json:"code"`
		}
		if json.Unmarshal(doc.Error, &full) == nil && full.Message != "" {
			e.message, e.kind = full.Message, full.Type
			if c, ok := full.Code.(string); ok && c != "" {
				e.kind = c
			}
		} else if json.Unmarshal(doc.Error, &e.message) != nil {
			e.message = string(doc.Error)
		}
	} else {
		e.message = string(body)
	}
	e.message = strings.Join(strings.Fields(strings.ToValidUTF8(e.message, "?")), " ")
	if len(e.message) > 300 {
		e.message = strings.ToValidUTF8(e.message[:300], "") + "…"
	}
	return e
}

func (e *statusError) Error() string {
	s := fmt.Sprintf("status %d", e.code)
	if text := http.StatusText(e.code); text != "" {
		s += " " + text
	}
	if e.message != "" {
		s += ": " + e.message
	}
	return s
}

func (e *statusError) again() bool {
	switch {
	case e.kind == "insufficient_quota":
		return false // a 429 that no waiting mends
	case e.code == http.StatusRequestTimeout, e.code == http.StatusTooEarly, e.code == http.StatusTooManyRequests:
		return true
	}
	return e.code >= 500 && e.code != http.StatusNotImplemented && e.code != http.StatusHTTPVersionNotSupported
}

// Billed reports whether a server that answers with this status may bill what
// it did. Servers bill answers, not refusals and failures; but behind the
// status of a gateway the answer may have been made and lost.
func Billed(status int) bool {
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return true
	case status >= 520 && status < 528: // of a gateway of Cloudflare's
		return true
	}
	return status < 400
}

// retryAfter reads the header in both of its forms; 0 if there is none. A date in
// it is one of the server's clock, which this machine's may be far from.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e9 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// backoff doubles from firstWait to longWait and spreads by half in both
// directions. It depends on the seed, the call and the attempt only, so that
// calls in parallel do not disturb each other's waits.
func backoff(seed int64, key Key, attempt int) time.Duration {
	wait := firstWait
	for i := 1; i < attempt && wait < longWait; i++ {
		wait *= 2
	}
	wait = min(wait, longWait)
	mix := uint64(key.Step)<<40 ^ uint64(key.Slot)<<20 ^ uint64(key.Repair)<<10 ^ uint64(attempt)
	r := rand.New(rand.NewPCG(uint64(seed), mix))
	return time.Duration(float64(wait) * (0.5 + r.Float64()))
}

type keyKey struct{}

func withKey(ctx context.Context, k Key) context.Context { return context.WithValue(ctx, keyKey{}, k) }

func keyOf(ctx context.Context) Key {
	k, _ := ctx.Value(keyKey{}).(Key)
	return k
}
