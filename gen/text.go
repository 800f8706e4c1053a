package gen

import (
	"go/token"
	"sort"
	"strings"
)

// A piece replaces source bytes from pos to end; an insertion has pos == end.
type piece struct {
	pos, end token.Pos
	text     string
}

// sourceText is a file's bytes with positions.
type sourceText struct {
	src  []byte
	base token.Pos // of the first byte
}

func (s *sourceText) text(from, to token.Pos) string {
	return string(s.src[from-s.base : to-s.base])
}

// splice gives the source from from to to with the pieces put in. Pieces must
// not overlap; at one place insertions come before the replacement, and of
// several insertions the first given comes first.
func (s *sourceText) splice(from, to token.Pos, pieces ...piece) string {
	size := int(to - from)
	sorted := true
	for i := range pieces {
		p := &pieces[i]
		size += len(p.text) - int(p.end-p.pos)
		sorted = sorted && (i == 0 || !p.before(&pieces[i-1]))
	}
	if !sorted {
		sort.SliceStable(pieces, func(i, j int) bool { return pieces[i].before(&pieces[j]) })
	}
	var b strings.Builder
	b.Grow(size)
	at := from
	for i := range pieces {
		p := &pieces[i]
		b.Write(s.src[at-s.base : p.pos-s.base])
		b.WriteString(p.text)
		at = p.end
	}
	b.Write(s.src[at-s.base : to-s.base])
	return b.String()
}

func (p *piece) before(q *piece) bool { return p.pos < q.pos || p.pos == q.pos && p.end < q.end }

// gap replaces the source from from to to by text without losing its line
// breaks, which would move the lines after it. Comments in the gap go.
func (s *sourceText) gap(from, to token.Pos, text string) piece {
	return piece{from, to, text + strings.Repeat("\n", strings.Count(s.text(from, to), "\n"))}
}

// oneLine folds source text to one line, for a description.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const max = 200
	if len(s) > max {
		cut := max
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		s = s[:cut] + "…"
	}
	return s
}
