package tape

import "sync/atomic"

// A watch is a call of code that is not followed, with a test in its hands, while
// it runs. If the test fails in there, the call's followed values are to blame.
type watch struct {
	site   *Site
	refs   []*Ref
	failed bool // the test had failed before
}

// Watch notes that a call begins which may fail the test. Such as
// require.Equal(t, want, got) may never return: then the end of the case finds
// it here.
func Watch(t *Tape, s *Site, refs ...*Ref) {
	if t == nil || t.tb == nil {
		return
	}
	failed := t.tb.Failed()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watches = append(t.watches, watch{s, refs, failed})
}

// Watched notes that the call at s has returned.
func Watched(t *Tape, s *Site) {
	if t == nil || t.tb == nil {
		return
	}
	t.mu.Lock()
	var w watch
	for n := len(t.watches); n > 0 && w.site != s; n = len(t.watches) {
		// Calls that did not return here ended in a panic that somebody caught.
		w, t.watches = t.watches[n-1], t.watches[:n-1]
	}
	t.mu.Unlock()
	if w.site == s && !w.failed && t.tb.Failed() {
		t.blame(w)
	}
}

// Checked is Watched for a call that says whether its assertion holds, also in a
// test that has failed before.
func Checked[T ~bool](t *Tape, s *Site, refs []*Ref, ok T) T {
	if !bool(ok) && t != nil && t.tb != nil && t.tb.Failed() {
		t.blame(watch{site: s, refs: refs})
	}
	return ok
}

// unreturned blames the call in which the case ended.
func (t *Tape) unreturned() {
	t.mu.Lock()
	watches := t.watches
	t.watches = nil
	t.mu.Unlock()
	if n := len(watches); n > 0 && atomic.LoadInt32(&t.exiting) == 0 && t.tb.Failed() {
		t.blame(watches[n-1])
	}
}

// blame attaches the failure of an assertion to the values that it was given.
// What it printed is not to be had here; go test shows it. Without such values
// there is nothing to say that go test does not.
func (t *Tape) blame(w watch) {
	text := w.site.Src + " failed"
	if r := t.join(w.site, w.refs, text); r != 0 {
		t.feedback(r, text)
	}
}
