package gen

import (
	"go/ast"
	"go/types"
	"strings"
)

// purePackages do not change what their arguments refer to, apart from the
// functions that impureFuncs names.
var purePackages = map[string]bool{
	"strings": true, "strconv": true, "math": true, "math/bits": true, "math/cmplx": true, "fmt": true, "errors": true,
	"unicode": true, "unicode/utf8": true, "unicode/utf16": true, "bytes": true, "path": true, "path/filepath": true,
	"regexp": true, "html": true, "net/url": true, "cmp": true, "time": true, "context": true, "reflect": true,
	"testing": true, "log": true, "hash/crc32": true, "hash/fnv": true, "os": true,
}

// pureSlices are the read-only functions of packages slices and maps.
var pureSlices = map[string]bool{
	"Contains": true, "ContainsFunc": true, "Index": true, "IndexFunc": true, "Equal": true, "EqualFunc": true,
	"Max": true, "MaxFunc": true, "Min": true, "MinFunc": true, "Clone": true, "Compare": true, "IsSorted": true,
	"BinarySearch": true, "Concat": true, "Repeat": true, "Keys": true, "Values": true, "All": true, "Sorted": true,
	"Collect": true, "Backward": true,
}

// pureCall reports whether a call is known to change nothing that its
// arguments refer to.
func pureCall(info *types.Info, c *ast.CallExpr) bool {
	switch o := calleeObject(info, c).(type) {
	case *types.Builtin:
		return o.Name() != "copy" && o.Name() != "clear" && o.Name() != "delete"
	case *types.TypeName:
		return true // a conversion
	case *types.Func:
		if o.Pkg() == nil {
			return o.Name() == "Error" // error.Error
		}
		sig := o.Type().(*types.Signature)
		switch path := o.Pkg().Path(); path {
		case "slices", "maps":
			return pureSlices[o.Name()]
		case "strings", "bytes":
			// Builder, Reader and Buffer change with every call.
			return sig.Recv() == nil
		case "fmt":
			return !strings.HasPrefix(o.Name(), "F") && !strings.Contains(o.Name(), "scan")
		case "os":
			return sig.Recv() == nil || !strings.HasPrefix(o.Name(), "Read")
		case "encoding/json", "encoding/xml":
			return sig.Recv() == nil && (strings.HasPrefix(o.Name(), "Marshal") || o.Name() == "Valid")
		case "errors":
			return o.Name() != "As"
		case "reflect":
			return !strings.HasPrefix(o.Name(), "Set") && o.Name() != "Swapper" && o.Name() != "Copy"
		default:
			return purePackages[path]
		}
	}
	return info.Types[c.Fun].IsType()
}

// atomicCall reports whether a call is one of package sync/atomic, whose operands may be
// read by nobody else.
func atomicCall(info *types.Info, c *ast.CallExpr) bool {
	o, ok := calleeObject(info, c).(*types.Func)
	return ok && o.Pkg() != nil && o.Pkg().Path() == "sync/atomic" && o.Type().(*types.Signature).Recv() == nil
}

// mayChange tells which arguments a call that is not pure may change what they
// refer to of.
func mayChange(info *types.Info, c *ast.CallExpr) func(arg int) bool {
	o, ok := calleeObject(info, c).(*types.Func)
	if ok && o.FullName() == "(*sync.Pool).Put" {
		// What is in the pool belongs to whoever takes it out: behind the call, nobody
		// may look at it.
		return func(int) bool { return false }
	}
	if !ok || o.Pkg() == nil || o.Type().(*types.Signature).Recv() != nil {
		return func(int) bool { return true }
	}
	switch name := o.Pkg().Path() + "." + o.Name(); {
	case strings.HasPrefix(name, "fmt.F") && !strings.Contains(name, "scan"), name == "io.WriteString":
		return func(arg int) bool { return arg == 0 }
	case name == "encoding/json.Unmarshal", name == "encoding/xml.Unmarshal":
		return func(arg int) bool { return arg == 1 }
	case name == "errors.As":
		return func(arg int) bool { return arg == 1 }
	}
	return func(int) bool { return true }
}
