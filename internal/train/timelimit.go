package train

import (
	"time"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/train/journal"
)

// A candidate that does not end costs its time limit, once for each case that hangs.
// Where nobody gives one, it follows from how long the original took, and holds where
// a candidate runs for the first time. All other runs decide about something that has
// passed already, such as the verification, and a busy machine must not refuse that:
// they have the default, and so has what was not timed, such as benchmarks.

// defaultTimeout is the time limit of a case where none is given or derived.
const defaultTimeout = 10 * time.Second

// shorterTimeouts are those that can take its place. They are few, so that runs of
// the same program have the same, which prompts name.
var shorterTimeouts = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}

// leastMargin is how many times as long as the original a candidate may take at least.
const leastMargin = 20

// derivedTimeout is the least limit with room for a candidate, where the original was
// never busy with one case for longer than slowest. So many candidates run at a time;
// if each keeps all processors busy, that is how much slower they are.
func derivedTimeout(slowest time.Duration, parallel int) time.Duration {
	need := time.Duration(max(leastMargin, 2*parallel)) * slowest
	for _, d := range shorterTimeouts {
		if need <= d && slowest > 0 {
			return d
		}
	}
	return defaultTimeout
}

// caseTimeout is the time limit of a case in a run of that kind.
func (s *session) caseTimeout(how running) time.Duration {
	if how.first && s.timeout > 0 {
		return s.timeout
	}
	return s.opt.Timeout
}

// fixTimeout settles the time limit of a case, and returns what the journal keeps of
// how it was derived. A run that goes on or is replayed has that of its journal.
func (s *session) fixTimeout() *journal.Limit {
	limit := s.findTimeout()
	if s.timeout = s.opt.Timeout; limit != nil {
		s.timeout = limit.Duration()
	}
	return limit
}

// findTimeout is nil where no limit is derived.
func (s *session) findTimeout() *journal.Limit {
	if b := s.recordedBaseline(); b != nil {
		return b.Limit
	}
	if !s.opt.autoTimeout {
		return nil
	}
	limit := &journal.Limit{MS: defaultTimeout.Milliseconds(), SlowestMS: upMS(s.slowest)}
	switch {
	case s.model != nil && s.model.replay != nil && s.model.replay.Baseline != nil:
		// Its answers are to prompts that name its limit.
		d, _ := s.model.replay.Limit()
		limit.MS, limit.Why = d.Milliseconds(), "that of the run whose answers are given again"
	case s.opt.Proxy || s.asksModel():
		limit.Why = "the program may ask a model, which takes its time"
	default:
		limit.MS = derivedTimeout(s.slowest, s.opt.Parallel).Milliseconds()
	}
	return limit
}

// upMS rounds up to milliseconds.
func upMS(d time.Duration) int64 { return (d + time.Millisecond - 1).Milliseconds() }

// hintTimeout says once, after a step that found nothing better, that the limit, which
// nobody gave, may be what is in the way: it stopped a candidate in a case that its parent fails, and in no other. What the
// original does there may end long before what is wanted.
func (s *session) hintTimeout(cands []*candidate) {
	if s.hintedTimeout || s.timeout >= s.opt.Timeout {
		return
	}
	for _, c := range cands {
		if c.ran() && !c.again && stoppedInFailing(c.parent.eval, c.eval) {
			s.hintedTimeout = true
			s.ui.hint("a case took longer than %v and was stopped, which was failing anyway; if that is what it takes, -timeout %v allows more", s.timeout, s.opt.Timeout)
			return
		}
	}
}

// stoppedInFailing reports whether ev stopped in cases, and only in such as fail in base.
func stoppedInFailing(base, ev *evaluation) bool {
	failing := map[string]bool{}
	for _, name := range failingNames(base) {
		failing[name] = true
	}
	stopped := false
	for _, o := range ev.cases {
		switch {
		case o.unknown || !o.failed():
		case !failing[o.name]:
			return false
		case o.result == build.Killed:
			stopped = true
		}
	}
	return stopped
}

// noteBusy takes into account how long a run of the original was busy with one case,
// 0 if that is not known: then nothing is derived.
func (s *session) noteBusy(d time.Duration) {
	if d == 0 {
		d = defaultTimeout
	}
	s.slowest = max(s.slowest, d)
}
