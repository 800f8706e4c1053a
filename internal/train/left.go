package train

import "strings"

// sayLeft names the cases that a result leaves failing. One that says more
// than before may be a sign that the gain in others was bought with it, which
// its result does not tell: a test that compares a table of values fails for any of
// them.
func (s *session) sayLeft(ev *evaluation) {
	was := map[string]outcome{}
	for _, o := range s.base.eval.cases {
		was[o.name] = o
	}
	var left, more []string
	for _, o := range ev.cases {
		if !o.failed() || o.unknown {
			continue
		}
		left = append(left, o.name)
		if old, ok := was[o.name]; ok && old.failed() && old.result == o.result && lines(o.feedback) > lines(old.feedback) {
			more = append(more, o.name)
		}
	}
	if len(left) > 0 {
		s.ui.say("still failing: %s", listText(left, 8))
	}
	if len(more) > 0 {
		s.ui.warn("more lines of messages than before: %s; look at the diff before you apply it", listText(more, 8))
	}
}

func lines(texts []string) (n int) {
	for _, text := range texts {
		n += strings.Count(strings.TrimSpace(text), "\n") + 1
	}
	return n
}
