package tape

import (
	"os"

	"github.com/opto-go/trace/runtime/tracefile"
)

// maxPrinted is how many prints of an example its output is tied to: the last
// ones.
const maxPrinted = 64

// printing is what an example wrote to the standard output.
type printing struct {
	on   bool // the case is an example
	site *Site
	refs []Ref
}

// Printed notes that a call wrote followed values to the standard output.
func Printed(t *Tape, s *Site, refs ...*Ref) {
	if t == nil || !t.out.on {
		return
	}
	r := t.join(s, refs, tracefile.Printed)
	if r == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out.site = s
	if len(t.out.refs) == maxPrinted {
		t.out.refs = append(t.out.refs[:0], t.out.refs[1:]...)
	}
	t.out.refs = append(t.out.refs, r)
}

// PrintedTo is Printed for a call that wrote to w, if that is the standard output.
func PrintedTo(t *Tape, w any, s *Site, refs ...*Ref) {
	if f, ok := w.(*os.File); ok && f == os.Stdout {
		Printed(t, s, refs...)
	}
}

// sayPrinted gives feedback on what an example printed, if that was followed.
func (t *Tape) sayPrinted() {
	t.mu.Lock()
	site, printed := t.out.site, append([]Ref(nil), t.out.refs...) // a goroutine may print on
	t.mu.Unlock()
	var refs []*Ref
	for i := range printed {
		refs = append(refs, &printed[i])
	}
	if r := t.join(site, refs, tracefile.Printed); r != 0 {
		t.feedback(r, tracefile.Printed)
	}
}
