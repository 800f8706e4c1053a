package tape

import "unsafe"

// maxSent bounds the distinct nodes that a channel remembers.
const maxSent = 64

func chanKey[C any](c C) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&c)) }

// Send stands around the value of a send statement: the channel remembers the
// node before the value is out.
func Send[C, T any](t *Tape, c C, r *Ref, v T) T {
	ref := Get(r)
	if ref == 0 {
		return v
	}
	k := chanKey(c)
	p := t.prog
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == nil {
		p.sent = map[unsafe.Pointer][]Ref{}
	}
	l := p.sent[k]
	for _, h := range l {
		if h == ref {
			return v
		}
	}
	if len(l) < maxSent {
		p.sent[k] = append(l, ref)
	}
	return v
}

// Recv stands around a receive expression.
func Recv[C, T any](t *Tape, out *Ref, s *Site, c C, v T) T {
	*out = Received(t, s, c, v)
	return v
}

// Received gives the node of a value that came from c: that of the only value
// sent, or one node on all that were sent.
func Received[C, T any](t *Tape, s *Site, c C, v T) Ref {
	p := t.prog
	p.mu.Lock()
	l := p.sent[chanKey(c)]
	p.mu.Unlock()
	switch len(l) {
	case 0:
		return 0
	case 1:
		return l[0]
	}
	return record(t, kindOp, s.degraded("one of the values sent on a channel"), v, l, 0)
}
