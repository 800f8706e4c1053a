package tape

// maxLiterals bounds the function literals that are remembered since the last time
// that some were forgotten. Each keeps alive what it captures.
var maxLiterals = 1 << 12

// literals holds the twins of the function literals of a case. Those that were
// neither made nor called for long are forgotten: their calls become operators. So
// the literals that a program makes for each of many calls do not drive out those
// that it keeps, nor keep alive what the calls were about.
type literals struct {
	young, old map[funcKey]any
}

func (l *literals) set(k funcKey, twin any) {
	if len(l.young) >= maxLiterals {
		l.old, l.young = l.young, nil
	}
	if l.young == nil {
		l.young = map[funcKey]any{}
	}
	l.young[k] = twin
}

// find gives the twin of a literal, nil if it has none.
func (l *literals) find(k funcKey) any {
	if twin, ok := l.young[k]; ok {
		return twin
	}
	twin, ok := l.old[k]
	if ok {
		l.set(k, twin)
	}
	return twin
}

func (l *literals) forget(k funcKey) {
	delete(l.young, k)
	delete(l.old, k)
}

// len is how many there are at most.
func (l *literals) len() int { return len(l.young) + len(l.old) }
