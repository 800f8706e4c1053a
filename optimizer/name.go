package optimizer

import (
	"fmt"
	"sort"
	"strings"
)

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
