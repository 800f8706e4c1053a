package trace

import (
	"sort"
	"strings"
	"sync"
)

// ParamInfo describes a parameter. It says nothing about its present body or
// value, so that applying a result never makes a committed table stale.
type ParamInfo struct {
	ID         string // importpath.Func, importpath.Type.Method, importpath.var, …
	Type       string // Go type of a value, or the signature of a function
	Desc       string
	Constraint string   // advice
	Min        string   // enforced bounds and grid in Go syntax, empty if none
	Max        string   //
	Step       string   //
	Choices    []string // enforced, in Go syntax; empty if none
	Check      string   // enforced check function, if any
}

// limits says what the values of a parameter are held to, in words for a
// comment.
func (p *ParamInfo) limits() []string {
	var parts []string
	add := func(what, v string) {
		if v != "" {
			parts = append(parts, what+" "+oneLine(v))
		}
	}
	add("min", p.Min)
	add("max", p.Max)
	add("step", p.Step)
	add("one of", strings.Join(p.Choices, ", "))
	add("check", p.Check)
	add("constraint:", p.Constraint)
	return parts
}

var table struct {
	sync.RWMutex
	params map[string]ParamInfo
}

// Register adds parameters to the table of the program. Generated code calls
// it from init with the trainable parameters of its package. Of two
// parameters with one ID the first stays; tracegen vet reports such pairs.
func Register(params ...ParamInfo) {
	table.Lock()
	defer table.Unlock()
	if table.params == nil {
		table.params = make(map[string]ParamInfo)
	}
	for _, p := range params {
		if _, ok := table.params[p.ID]; !ok {
			p.Choices = append([]string(nil), p.Choices...)
			table.params[p.ID] = p
		}
	}
}

// Registered returns the parameters of all packages that have a generated
// table, sorted by ID.
func Registered() []ParamInfo {
	table.RLock()
	defer table.RUnlock()
	params := make([]ParamInfo, 0, len(table.params))
	for _, p := range table.params {
		p.Choices = append([]string(nil), p.Choices...)
		params = append(params, p)
	}
	sort.Slice(params, func(i, j int) bool { return params[i].ID < params[j].ID })
	return params
}

func registered(id string) (ParamInfo, bool) {
	table.RLock()
	defer table.RUnlock()
	p, ok := table.params[id]
	return p, ok
}
