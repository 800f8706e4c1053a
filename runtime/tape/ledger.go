package tape

import "math/bits"

// A ledger knows which nodes of a case no other node of the case was computed
// from yet. All others can be reached from these.
type ledger struct {
	first int // number of the first page
	pages []*ledgerPage
}

const pageNodes = 1 << 12

type ledgerPage struct {
	own, used [pageNodes / 64]uint64
}

func (l *ledger) page(n uint32) *ledgerPage {
	if i := int(n/pageNodes) - l.first; i >= 0 && i < len(l.pages) {
		return l.pages[i]
	}
	return nil
}

// add enters the node n of the case.
func (l *ledger) add(n uint32) {
	i := int(n / pageNodes)
	if len(l.pages) == 0 {
		l.first = i
	}
	if before := l.first - i; before > 0 { // numbers mostly ascend
		l.pages = append(make([]*ledgerPage, before), l.pages...)
		l.first = i
	}
	for i -= l.first; len(l.pages) <= i; {
		l.pages = append(l.pages, nil)
	}
	if l.pages[i] == nil {
		l.pages[i] = new(ledgerPage)
	}
	l.pages[i].own[n%pageNodes/64] |= 1 << (n % 64)
}

// use notes that a node of the case was computed from n, which may be of
// another case.
func (l *ledger) use(n uint32) {
	if p := l.page(n); p != nil {
		p.used[n%pageNodes/64] |= 1 << (n % 64)
	}
}

// unused lists the nodes of the case that no other was computed from.
func (l *ledger) unused() []uint32 {
	var ns []uint32
	for i, p := range l.pages {
		if p == nil {
			continue
		}
		for k, own := range p.own {
			for w := own &^ p.used[k]; w != 0; w &= w - 1 {
				ns = append(ns, uint32((l.first+i)*pageNodes+k*64+bits.TrailingZeros64(w)))
			}
		}
	}
	return ns
}
