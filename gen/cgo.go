package gen

import (
	"go/token"
	"path/filepath"
)

// cgoFiles notes the files that import "C", in packages of which something is
// followed: the cgo command replaces them, so they are left alone.
func (a *analysis) cgoFiles() []Note {
	followed := map[*unit]bool{}
	for _, f := range a.order {
		if f.twinned() {
			followed[f.unit] = true
		}
	}
	var notes []Note
	seen := map[string]bool{}
	for _, u := range a.units {
		compiled := map[string]bool{}
		for _, name := range u.CompiledGoFiles {
			compiled[name] = true
		}
		for _, name := range u.GoFiles {
			if followed[u] && !compiled[name] && !seen[name] && filepath.Ext(name) == ".go" {
				seen[name] = true
				notes = append(notes, Note{Pos: token.Position{Filename: name, Line: 1, Column: 1}, Kind: NoteOpaque,
					Func: filepath.Base(name), Reason: "the file imports \"C\""})
			}
		}
	}
	return notes
}
