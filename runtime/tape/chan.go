package tape

import "unsafe"

const (
	// maxSent bounds the values on their way that a channel remembers.
	maxSent = 1024
	// maxChans bounds the channels that do.
	maxChans = 1 << 16
)

// channel remembers the values that were sent on a channel and not received
// yet. Which one a receiver gets is told by its bytes: several that look the
// same and come from different nodes are one to it.
type channel struct {
	sent []sentValue
	lost []Ref // of values that were too many
}

type sentValue struct {
	bits uint64
	ref  Ref
	or   []Ref // it may be one of these as well
}

// A Chan is a channel that was evaluated, and what was sent on it.
type Chan struct {
	key unsafe.Pointer
	val sentValue
}

// Ch stands around the channel of a send, a receive, or a range statement.
func Ch[C any](ch *Chan, c C) C {
	ch.key = *(*unsafe.Pointer)(unsafe.Pointer(&c))
	return c
}

// Send stands around the value of a send statement: the channel remembers the
// node *r before the value is out.
func Send[T any](t *Tape, ch *Chan, r *Ref, v T) T {
	ch.val = sentValue{bits: bitsOfValue(&v), ref: Get(r)}
	t.prog.send(ch.key, ch.val)
	return v
}

// SendOn is Send for a value that is converted to the type of the elements of
// c, the channel itself. The type comes from the channel alone: inferred from
// the value too, it would have to be the value's.
func SendOn[C ~chan E | ~chan<- E, E any](c C) Converted[E] { return Converted[E]{} }

// Converted sends values of any type that is assignable to E.
type Converted[E any] struct{}

// Send is what the function of that name is.
func (Converted[E]) Send(t *Tape, ch *Chan, r *Ref, v E) E { return Send(t, ch, r, v) }

func (p *program) send(key unsafe.Pointer, v sentValue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.sent[key]
	if c == nil {
		if len(p.sent) >= maxChans || key == nil {
			return
		}
		if p.sent == nil {
			p.sent = map[unsafe.Pointer]*channel{}
		}
		c = &channel{}
		p.sent[key] = c
	}
	if len(c.sent) == maxSent {
		if r := c.sent[0].ref; r != 0 && len(c.lost) < maxSent {
			c.lost = addRef(c.lost, r)
		}
		c.sent = append(c.sent[:0], c.sent[1:]...)
	}
	c.sent = append(c.sent, v)
}

// Unsent forgets the value of a send that was not chosen.
func Unsent(t *Tape, ch *Chan) {
	p := t.prog
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.sent[ch.key]; c != nil {
		for i := len(c.sent) - 1; i >= 0; i-- {
			if c.sent[i].bits == ch.val.bits && c.sent[i].ref == ch.val.ref {
				p.drop(ch.key, c, i)
				return
			}
		}
	}
}

// Dropped notes that a value was received which nobody looked at.
func Dropped(t *Tape, ch *Chan) {
	p := t.prog
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.sent[ch.key]
	if c == nil || len(c.sent) == 0 {
		return
	}
	for _, v := range c.sent {
		if v.bits != c.sent[0].bits {
			return // it may have been any
		}
	}
	p.drop(ch.key, c, 0)
}

// Recv stands around a receive expression.
func Recv[T any](t *Tape, out *Ref, s *Site, ch *Chan, v T) T {
	*out = Received(t, s, ch, v)
	return v
}

// Received gives the node of a value that came from a channel.
func Received[T any](t *Tape, s *Site, ch *Chan, v T) Ref {
	candidates := t.prog.receive(ch.key, bitsOfValue(&v))
	switch len(candidates) {
	case 0:
		return 0
	case 1:
		return candidates[0]
	}
	var refs []Ref
	for _, r := range candidates {
		if r != 0 {
			refs = addRef(refs, r)
		}
	}
	return record(t, kindOp, s.degraded("one of the equal values sent on a channel"), v, refs, 0)
}

// receive takes one value out of what a channel remembers. It gives the node
// of the value, or the nodes of all that it may be.
func (p *program) receive(key unsafe.Pointer, bits uint64) []Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.sent[key]
	if c == nil {
		return nil
	}
	var refs []Ref
	first := -1
	for i, v := range c.sent {
		if v.bits == bits {
			if first < 0 {
				first = i
			}
			refs = addAll(addRef(refs, v.ref), v.or)
		}
	}
	if len(c.lost) > 0 {
		refs = addAll(addRef(refs, 0), c.lost)
	}
	if first < 0 {
		return refs
	}
	p.drop(key, c, first)
	if len(refs) > 1 {
		// Nobody knows which of them are left: each may be any.
		for i := range c.sent {
			if c.sent[i].bits == bits {
				c.sent[i].or = refs
			}
		}
	}
	return refs
}

// drop forgets value i; the channel itself when nothing is left to say.
func (p *program) drop(key unsafe.Pointer, c *channel, i int) {
	c.sent = append(c.sent[:i], c.sent[i+1:]...)
	if len(c.sent) == 0 && len(c.lost) == 0 {
		delete(p.sent, key)
	}
}

func addAll(to, refs []Ref) []Ref {
	for _, r := range refs {
		to = addRef(to, r)
	}
	return to
}
