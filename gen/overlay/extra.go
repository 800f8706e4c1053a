package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Read reads overlay.json files of the caller and returns what they replace:
// absolute file name → absolute file that stands for it. Relative names are
// relative to base (empty: the working directory), which is how the go command
// reads them. Two files that replace one name differently are an error, and so
// is a name that is replaced by nothing: the go command would treat the file as
// deleted, and we cannot show that to the packages we load.
func Read(jsonFiles []string, base string) (map[string]string, error) {
	base, err := filepath.Abs(base)
	if err != nil {
		return nil, err
	}
	abs := func(name string) string {
		if filepath.IsAbs(name) {
			return filepath.Clean(name)
		}
		return filepath.Join(base, name)
	}
	all := map[string]string{}
	for _, name := range jsonFiles {
		data, err := os.ReadFile(abs(name))
		if err != nil {
			return nil, fmt.Errorf("-overlay: %w", err)
		}
		var ov struct{ Replace map[string]string }
		if err := json.Unmarshal(data, &ov); err != nil {
			return nil, fmt.Errorf("-overlay %s: %w", name, err)
		}
		for _, from := range sortedKeys(ov.Replace) {
			to := ov.Replace[from]
			if to == "" {
				return nil, fmt.Errorf("-overlay %s: %s is deleted; overlays that delete files cannot be combined with recording", name, from)
			}
			to = abs(to)
			keys, err := spellings(abs(from))
			if err != nil {
				return nil, err
			}
			for _, key := range keys {
				if other, ok := all[key]; ok && other != to {
					return nil, fmt.Errorf("-overlay %s: %s is replaced twice, by %s and %s", name, key, other, to)
				}
				all[key] = to
			}
		}
	}
	return all, nil
}
