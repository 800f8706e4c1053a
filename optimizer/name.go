package optimizer

import (
	"fmt"
	"sort"
	"strings"
)

// ShortNames returns for each identity of a parameter its shortest suffix that
// no other identity ends in, in the same order. Suffixes begin after a dot or
// a slash, so importpath.Type.Method gives Method, Type.Method,
// pkg.Type.Method and so on up to the whole identity.
func ShortNames(ids []string) []string {
	owners := make(map[string]int)
	for _, id := range ids {
		for _, s := range suffixes(id) {
			owners[s]++
		}
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id
		for _, s := range suffixes(id) {
			if owners[s] == 1 {
				names[i] = s
				break
			}
		}
	}
	return names
}

// suffixes lists the names under which id may be meant, shortest first.
func suffixes(id string) []string {
	var out []string
	for i := len(id) - 1; i > 0; i-- {
		if id[i-1] == '.' || id[i-1] == '/' {
			out = append(out, id[i:])
		}
	}
	return append(out, id)
}

// resolve finds the parameter that name means.
func resolve(name string, params []Param) (*Param, error) {
	if name == "" {
		return nil, fmt.Errorf("no name is given; known names: %s", knownNames(params))
	}
	match := func(ok func(p *Param) bool) []*Param {
		var found []*Param
		for i := range params {
			if ok(&params[i]) {
				found = append(found, &params[i])
			}
		}
		return found
	}
	for _, ok := range []func(p *Param) bool{
		func(p *Param) bool { return p.ID == name },
		func(p *Param) bool { return p.Name == name },
		func(p *Param) bool { return hasSuffixName(p.ID, name) },
		// name= gives a parameter a name that differs from its function's.
		func(p *Param) bool { return p.Kind == FuncBody && hasSuffixName(funcName(*p), name) },
	} {
		switch found := match(ok); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			names := make([]string, len(found))
			for i, p := range found {
				names[i] = p.ID
			}
			sort.Strings(names)
			return nil, fmt.Errorf("the name %s is ambiguous, it can mean %s; write the longer name", name, strings.Join(names, " or "))
		}
	}
	return nil, fmt.Errorf("no parameter is named %s; known names: %s", clip(name, 80), knownNames(params))
}

func hasSuffixName(id, name string) bool {
	if id == name {
		return true
	}
	rest, ok := strings.CutSuffix(id, name)
	return ok && rest != "" && strings.ContainsRune("./", rune(rest[len(rest)-1]))
}

func knownNames(params []Param) string {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.display()
	}
	sort.Strings(names)
	const most = 40
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (p Param) display() string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}
