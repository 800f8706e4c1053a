package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Journal is the name of the file that a Write of several files leaves, next to
// each go.mod, if it was killed half-way. [Recover] reads it.
const Journal = ".trace-apply.json"

type journalFile struct {
	Trace   int       `json:"trace"` // version
	Changes []*change `json:"changes"`
	// Also are the same journals in other modules, each of which is enough.
	Also []string `json:"also,omitempty"`
}

// writeJournals writes a journal into each module of changes. It returns those
// that were written also if one could not be.
func writeJournals(changes []*change, fsys fileSystem) (names []string, err error) {
	roots := moduleRoots(changes)
	for _, root := range roots {
		var also []string
		for _, other := range roots {
			if rel, err := filepath.Rel(root, filepath.Join(other, Journal)); err == nil && other != root {
				also = append(also, filepath.ToSlash(rel))
			}
		}
		name, err := writeJournal(root, changes, also, fsys)
		if err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

func writeJournal(root string, changes []*change, also []string, fsys fileSystem) (string, error) {
	// Names relative to the journal survive a move of the module.
	list := make([]*change, len(changes))
	for i, c := range changes {
		rel := *c
		for _, name := range []*string{&rel.File, &rel.Backup, &rel.Temp} {
			if r, err := filepath.Rel(root, *name); err == nil {
				*name = filepath.ToSlash(r)
			}
		}
		list[i] = &rel
	}
	data, err := json.MarshalIndent(journalFile{1, list, also}, "", "\t")
	if err != nil {
		return "", err
	}
	temp, err := writeTemp(root, Journal, append(data, '\n'), 0o644, fsys)
	if err != nil {
		return "", err
	}
	name := filepath.Join(root, Journal)
	// Linking fails if the name exists: another Write is under way.
	if err := fsys.link(temp, name); err != nil {
		if errors.Is(err, fs.ErrExist) {
			fsys.remove(temp)
			return "", fmt.Errorf("%s: another run is applying its result", name)
		}
		if err := fsys.rename(temp, name); err != nil {
			fsys.remove(temp)
			return "", err
		}
	} else {
		fsys.remove(temp)
	}
	syncDir(root)
	return name, nil
}

// Recover undoes a [Write] that was killed half-way, by the journal in root, the
// directory of a go.mod, and in whatever other modules that journal names. It
// returns the files that it put back, none if there is no journal.
func Recover(root string) ([]string, error) { return recoverIn(root, osFS) }

func recoverIn(root string, fsys fileSystem) ([]string, error) {
	name := filepath.Join(root, Journal)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var j journalFile
	if err := json.Unmarshal(data, &j); err != nil || j.Trace != 1 {
		return nil, fmt.Errorf("%s: not a journal of this version: look at it, restore the files that it names, and delete it", name)
	}
	var restored []string
	for _, c := range j.Changes {
		file, backup := filepath.Join(root, filepath.FromSlash(c.File)), filepath.Join(root, filepath.FromSlash(c.Backup))
		now, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return restored, err
		}
		if hexSum(now) != c.New {
			continue // not renamed, or changed by someone else since
		}
		old, err := os.ReadFile(backup)
		if err != nil || hexSum(old) != c.Old {
			return restored, fmt.Errorf("%s: an earlier apply was interrupted and the old content of %s is missing or damaged: restore it from version control, then delete the journal", name, file)
		}
		if err := fsys.rename(backup, file); err != nil {
			return restored, err
		}
		restored = append(restored, file)
	}
	syncDir(root)
	if err := fsys.remove(name); err != nil {
		return restored, err
	}
	for _, other := range j.Also {
		other = filepath.Join(root, filepath.FromSlash(other))
		if err := fsys.remove(other); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return restored, err
		}
	}
	for _, c := range j.Changes {
		for _, rel := range []string{c.Backup, c.Temp} {
			fsys.remove(filepath.Join(root, filepath.FromSlash(rel)))
		}
	}
	return restored, nil
}

// moduleRoots returns the directories whose journals concern the files: those
// of the nearest go.mod, else the file's own.
func moduleRoots(changes []*change) []string {
	var roots []string
	for _, c := range changes {
		root := filepath.Dir(c.File)
		for dir := root; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = dir
				break
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	return roots
}
