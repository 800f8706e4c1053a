package train

import (
	"context"
	"fmt"
	"runtime"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/sandbox"
)

// sandboxLines tell of each layer whether it is here, and what it stops.
func sandboxLines(ctx context.Context, p *printer) {
	line := func(name string, err error, stops string) {
		if err != nil {
			p.line("  %-10s not here: %s", name, firstLines(err.Error(), 1))
		} else {
			p.line("  %-10s works: %s", name, stops)
		}
	}
	level, err := sandbox.Strongest(ctx)
	if err != nil {
		p.line("sandbox    none works here: code written by a model needs -sandbox weak, or -sandbox 'cmd:…'")
	} else {
		p.line("sandbox    %s, for code written by a model", level)
	}
	stops := "no other process, file, network or user is there"
	if sandbox.Probe(ctx, sandbox.Namespaces) == nil && !sandbox.HasProc(ctx) {
		stops += "; nor is /proc, which cannot be mounted"
	}
	line("namespaces", sandbox.Probe(ctx, sandbox.Namespaces), stops)
	line("landlock", sandbox.Probe(ctx, sandbox.Landlock),
		fmt.Sprintf("files outside are not read, written or run, TCP is refused (version %d)", sandbox.LandlockVersion()))
	line("seccomp", sandbox.ProbeFilter(ctx), "no new process, no tracing, no mounts, no sockets that lead out")
	if runtime.GOOS == "linux" {
		line("rlimits", nil, "no endless memory, files, threads, descriptors, processor time")
	}
	line("weak", nil, build.LimitsText)
}
