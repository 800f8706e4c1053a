package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/opto-go/trace/internal/llm"
)

// ask sends a request to the server, within the budget, and records what came
// of it.
func (p *Proxy) ask(f *flight, q *request, label string) {
	var price *llm.Price
	if q.free {
		price = &llm.Price{}
	} else if price = p.opt.Prices.Of(q.model); price == nil && p.opt.Meter.Limit().Cost > 0 {
		f.refuse(&refusal{http.StatusPaymentRequired, "insufficient_quota", &PriceError{q.model}, true})
		return
	}
	limit := p.opt.Meter.Limit()
	need, no := q.need(price, p.opt.MaxTokens, limit.Tokens > 0 || limit.Cost > 0)
	if no != nil {
		f.refuse(no)
		return
	}
	if err := p.opt.Store.Ready(); err != nil {
		f.refuse(&refusal{http.StatusInternalServerError, "recording", err, true})
		return
	}
	var call *llm.Call
	if !q.free {
		var err error
		if call, err = p.opt.Meter.Start(f.ctx, need); err != nil {
			if isBudget(err) {
				f.refuse(&refusal{http.StatusPaymentRequired, "insufficient_quota", err, true})
			} else {
				f.refuse(refuse(http.StatusServiceUnavailable, "stopped", "the run is over"))
			}
			return
		}
	}
	p.mu.Lock()
	f.sent = f.ctx.Err() == nil // else the last program left meanwhile
	sent := f.sent
	p.mu.Unlock()
	if !sent {
		call.Miss(false)
		f.refuse(refuse(http.StatusServiceUnavailable, "stopped", "the run is over"))
		return
	}
	x := Exchange{Key: f.key, For: label, Path: q.path, Body: q.raw, Model: q.model}
	answer, err := p.forward(f, q, call)
	if err != nil {
		x.Error = p.redact(err.Error())
	} else if kept(answer.Status) {
		x.Answer = &answer
	} else {
		x.Error = fmt.Sprintf("status %d", answer.Status)
	}
	if x.Spent = call.Spent(); q.free {
		x.Spent = llm.Spent{}
	}
	var void error
	if serr := p.opt.Store.Save(x); serr != nil {
		void = serr
	}
	f.mu.Lock()
	begun := f.begun
	f.mu.Unlock()
	switch {
	case err != nil && begun:
		f.end(true, false, void)
	case err != nil:
		status := http.StatusBadGateway
		if errors.Is(err, context.DeadlineExceeded) {
			status = http.StatusGatewayTimeout
		}
		r := refuse(status, "no_answer", "%s", x.Error)
		if void != nil {
			r.err, r.void = void, true
		}
		f.refuse(r)
	default:
		f.end(false, x.Answer != nil && void == nil, void)
	}
}

// forward sends the request once; a further attempt is the program's business.
// What it learns it tells f, all but the end. It settles call.
func (p *Proxy) forward(f *flight, q *request, call *llm.Call) (Answer, error) {
	body, err := q.body(call.MaxTokens())
	if err != nil {
		call.Miss(false)
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(f.ctx, p.opt.Timeout)
	defer cancel()
	target := *p.opt.Base
	target.Path = strings.TrimRight(target.Path, "/") + q.path
	target.RawQuery = q.query
	req, err := http.NewRequestWithContext(ctx, q.method, target.String(), bytes.NewReader(body))
	if err != nil {
		call.Miss(false)
		return Answer{}, errors.New("the address of the server cannot be used")
	}
	if q.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.accept != "" {
		req.Header.Set("Accept", q.accept)
	}
	if p.opt.Key != "" {
		req.Header.Set("Authorization", "Bearer "+p.opt.Key)
	}
	resp, err := p.opt.Transport.RoundTrip(req)
	if err != nil {
		call.Miss(!absent(err))
		return Answer{}, p.lost(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		call.Miss(false)
		return Answer{}, fmt.Errorf("the server sends the request elsewhere (status %d); OPENAI_BASE_URL must be its own address", resp.StatusCode)
	}
	a := Answer{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type")}
	if kind, _, _ := mime.ParseMediaType(a.Type); kind == "text/event-stream" && resp.StatusCode < 300 {
		err := p.relay(f, q, call, resp, &a)
		return a, p.lost(ctx, err)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(data) > maxBody {
		err = errLong
	}
	if err != nil {
		call.Miss(true)
		return Answer{}, p.lost(ctx, err)
	}
	a.Body = []byte(p.redact(string(data)))
	used, reported := usageOf(data)
	switch {
	case reported:
		call.Done(used)
	case resp.StatusCode < 300:
		call.Unreported(llm.Usage{Prompt: len(q.raw) / 4, Answer: len(data) / 4})
	default:
		call.Miss(llm.Billed(resp.StatusCode))
	}
	f.begin(a.Status, passedOn(resp.Header))
	f.add(a.Body)
	return a, nil
}

// relay passes a stream on as it comes.
func (p *Proxy) relay(f *flight, q *request, call *llm.Call, resp *http.Response, a *Answer) error {
	s := &streamReader{r: bufio.NewReaderSize(resp.Body, 64<<10), hide: q.addsUsage, left: maxBody}
	f.begin(a.Status, passedOn(resp.Header))
	for {
		event, err := s.next()
		if err == io.EOF && s.whole {
			if s.reported {
				call.Done(s.used)
			} else {
				call.Unreported(llm.Usage{Prompt: len(q.raw) / 4, Answer: (maxBody - s.left) / 4})
			}
			return nil
		}
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if s.reported {
				call.Done(s.used)
			} else {
				call.Miss(true)
			}
			return err
		}
		event = []byte(p.redact(string(event)))
		a.Body = append(a.Body, event...)
		f.add(event)
	}
}

// lost words the error of a request that got no whole answer.
func (p *Proxy) lost(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case p.ctx.Err() != nil:
		return errors.New("the run is over")
	case ctx.Err() != nil:
		return fmt.Errorf("no whole answer within %s: %w", p.opt.Timeout, context.DeadlineExceeded)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the answer broke off")
	}
	return err
}

// absent reports an error of a server that was never reached.
func absent(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &dns)
}

// redact removes the key from a text that a server wrote.
func (p *Proxy) redact(s string) string {
	if p.opt.Key == "" {
		return s
	}
	return strings.ReplaceAll(s, p.opt.Key, "[OPENAI_API_KEY]")
}

// passedOn are the headers of an answer that mean something to a client.
func passedOn(h http.Header) http.Header {
	out := http.Header{}
	for k, v := range h {
		lower := strings.ToLower(k)
		if lower == "content-type" || lower == "retry-after" || lower == "x-request-id" || lower == "x-should-retry" || strings.HasPrefix(lower, "x-ratelimit-") {
			out[k] = v
		}
	}
	return out
}
