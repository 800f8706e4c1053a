package trace

import (
	"sync"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A Bundle is a function whose calls are recorded as one operator. Generated
// code has one variable per //trace:bundle and a wrapper that records calls
// with it:
//
//	var bundleBar = &trace.Bundle{ID: "example.com/m.bar", Name: "bar", Trainable: true}
//
//	func traceBar(x *trace.Node[float64]) *trace.Node[float64] {
//		return trace.Call(bundleBar, func() float64 {
//			return bar(x.Value())
//		}, x)
//	}
//
// A Bundle must not be copied after its first use.
type Bundle struct {
	ID        string   // identity, importpath.Func or importpath.Type.Method
	Name      string   // as a call is written: bar, (*Agent).Act
	Type      string   // signature: func(x float64) float64
	Results   []string // what several results are called; empty if they have no names
	Trainable bool     // the body is a parameter
	NoCatch   bool     // panics make no exception node

	once  sync.Once
	param bundleParam
}

// bundleParam is the parameter that the body of a trainable bundle is. One
// for all calls.
type bundleParam struct {
	bundle *Bundle
	node   *vertex // the value is the body: nothing to show
}

// body is nil if b is not trainable.
func (b *Bundle) body() *bundleParam {
	if b == nil || !b.Trainable {
		return nil
	}
	b.once.Do(func() {
		b.param.bundle = b
		b.param.node = &newNode(tracefile.KindParam, "", struct{}{}, nil).vertex
		b.param.node.name, b.param.node.body = b.name(), &b.param
	})
	return &b.param
}

// info describes the parameter. The table is asked when a graph is made and
// not at the first call: that may stand in the initialiser of a variable,
// before any table is registered.
func (p *bundleParam) info() ParamInfo {
	if info, ok := registered(p.bundle.ID); ok {
		return info
	}
	return ParamInfo{ID: p.bundle.ID, Type: p.bundle.Type}
}

func (b *Bundle) name() string {
	if b == nil || b.Name == "" {
		return "call"
	}
	return b.Name
}

// result is what result i of several is called, "" if it has no name.
func (b *Bundle) result(i int) string {
	if b == nil || i >= len(b.Results) || b.Results[i] == "_" {
		return ""
	}
	return b.Results[i]
}
