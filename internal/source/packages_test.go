package source

import "testing"

// A package that no file imports yet is read once, however many proposals use
// it.
func TestNewImportIsReadOnce(t *testing.T) {
	prog, list := params(t, `
-- m.go --
package m

//trace:bundle trainable
func F(s string) string { return s }
`)
	k := NewChecker(prog, list)
	use := func(fn string) error {
		return k.Check(t.Context(), assign(list[0].ID, "func F(s string) string { return "+fn+" }"))
	}
	if err := use("strings.ToUpper(s)"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "") // there is no go command to ask any more
	if err := use("strings.ToLower(s)"); err != nil {
		t.Error(err)
	}
	if err := use("strings.Lower(s)"); err == nil {
		t.Error("a function that is not there was found")
	}
	if err := use(`path.Clean(s)`); err == nil {
		t.Error("a package was found without anyone to ask")
	}
}
