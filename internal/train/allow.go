package train

import (
	"strings"

	"github.com/opto-go/trace/internal/ui"
)

// ParseAllow reads a list of what trainable bodies may use beyond the default, with
// commas between: packages, symbols of packages, and go.
func ParseAllow(s string) ([]string, error) {
	var list []string
	for e := range strings.SplitSeq(s, ",") {
		e = strings.TrimSpace(e)
		if e == "" || strings.ContainsAny(e, " \t\"'*\\") || strings.Contains(e, "...") {
			return nil, ui.Errorf("%q names no package or symbol", e).
				WithHint("such as -allow net/http,os.ReadFile,go")
		}
		list = append(list, e)
	}
	return list, nil
}

// allowed is what parameters may use beyond the default, by ID.
func (st *state) allowed() map[string][]string {
	var all map[string][]string
	for _, p := range st.params {
		if len(p.Allow) > 0 {
			if all == nil {
				all = map[string][]string{}
			}
			all[p.ID] = p.Allow
		}
	}
	return all
}
