package trace

import (
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// callers are the function that entered a call, usually a generated wrapper,
// and its caller. Addresses cost about 0.2 µs when a call is recorded; what
// they mean is looked up when a graph is made.
type callers [2]uintptr

// capture notes who called the exported function that called its caller:
// skipped are Callers, capture, enter and that function.
func (c *callers) capture() { runtime.Callers(4, c[:]) }

// generatedFile is where tracegen writes wrappers. They are called from what
// the user wrote.
const generatedFile = "trace_gen.go"

// place returns where the user's code made the call, as file:line with a file
// relative to the module root; "" if it is not known.
func (c *callers) place() string {
	n := 0
	for n < len(c) && c[n] != 0 {
		n++
	}
	if n == 0 {
		return ""
	}
	frames := runtime.CallersFrames(c[:n])
	fr, more := frames.Next()
	if more && path.Base(fr.File) == generatedFile {
		fr, _ = frames.Next()
	}
	if fr.Line == 0 || fr.Function == "runtime.goexit" { // a go statement with the wrapper itself
		return ""
	}
	program.once.Do(readProgram)
	return placeOf(fr.Function, fr.File, program.module, program.main) + ":" + strconv.Itoa(fr.Line)
}

var program struct {
	once   sync.Once
	module string // path of the main module; empty if not known
	main   string // import path of the main package
}

func readProgram() {
	if info, ok := debug.ReadBuildInfo(); ok {
		program.module, program.main = info.Main.Path, info.Path
	}
}

// placeOf makes the name of a source file from the function that stands in it:
// the directory in which a program was built says nothing about its module,
// and -trimpath may have removed it.
func placeOf(function, file, module, main string) string {
	file = path.Base(strings.ReplaceAll(file, `\`, "/"))
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 {
		return file
	}
	dir := strings.ReplaceAll(function[:slash+dot], "%2e", ".")
	if strings.HasSuffix(file, "_test.go") {
		dir = strings.TrimSuffix(dir, "_test") // the external test package
	}
	if dir == "main" {
		dir = main
	}
	switch {
	case dir == module || dir == "command-line-arguments":
		return file
	case module != "" && strings.HasPrefix(dir, module+"/"):
		dir = dir[len(module)+1:]
	}
	return path.Join(dir, file)
}
