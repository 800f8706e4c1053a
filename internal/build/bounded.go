package build

import (
	"fmt"
	"strings"
)

// bounded keeps the beginning and the end of what is written to it.
type bounded struct {
	limit      int // bytes kept; the beginning gets half
	head, tail []byte
	dropped    int
}

// Write never fails.
func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	half := b.limit / 2
	if free := half - len(b.head); free > 0 {
		k := min(free, len(p))
		b.head = append(b.head, p[:k]...)
		p = p[k:]
	}
	if over := len(p) - half; over > 0 {
		b.dropped += over + len(b.tail)
		b.tail = append(b.tail[:0], p[over:]...)
		return n, nil
	}
	b.tail = append(b.tail, p...)
	if over := len(b.tail) - half; over > 0 {
		b.dropped += over
		b.tail = b.tail[:copy(b.tail, b.tail[over:])]
	}
	return n, nil
}

// String returns what was kept, with a mark where something is missing.
func (b *bounded) String() string {
	if b.dropped == 0 {
		return strings.ToValidUTF8(string(b.head)+string(b.tail), "\uFFFD")
	}
	return strings.ToValidUTF8(fmt.Sprintf("%s\n[%d bytes left out]\n%s", b.head, b.dropped, b.tail), "\uFFFD")
}
