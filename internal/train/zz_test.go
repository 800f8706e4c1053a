package train
import ("testing";"fmt";"github.com/opto-go/trace/internal/batch";"errors";"github.com/opto-go/trace/internal/build";"github.com/opto-go/trace/optimizer")
func TestZZ(t *testing.T) {
	dir := t.TempDir()
	copyStandard(t, "encoding/xml", dir)
	s := openSession(t, dir, Options{})
	r := &ratios{b: nil, s: s}
	r.find()
	fmt.Println("PARAM", r.param.ID, s.canShare())
	var cs []batch.Candidate
	for range 3 {
		c := prepared(t, s, s.base, []optimizer.Proposal{r.change()})[0]
		cs = append(cs, batch.Candidate{Files: c.files})
	}
	prog, out, err := batch.Merge(func(n string) ([]byte, error) { return s.original(n) }, cs)
	fmt.Println("MERGE", out, err)
	_, err = s.compile(t.Context(), s.units[0], prog.Files)
	var f *build.Error
	if errors.As(err, &f) { fmt.Println("ERR", f.Output) }
}
