package build

import (
	"runtime"
	"time"
)

// buildTimeout bounds one compilation as long as nobody knows how long an honest one
// takes. A few bytes of source can keep the compiler busy for minutes.
const buildTimeout = 5 * time.Minute

// Later ones are bounded by the first that went well, which had most to do: it is
// that of the original.
const (
	leastPatience = 2 * time.Minute // for machines that are busy with something else
	timesLonger   = 20
)

// patience is how long a compilation may take.
func (b *Builder) patience() time.Duration {
	if first := time.Duration(b.took.Load()); first > 0 {
		return max(leastPatience, timesLonger*first)
	}
	return buildTimeout
}

// toolLimits are those of the go command, and of each process that it starts, which
// inherit them. One of the largest packages there is, cmd/compile/internal/ssa, takes the
// compiler 1.2 GB; of sixty bodies made to be hard, none that is let through took more than
// 200 MB. The processor time is a last line, for what the end of the go command did
// not end.
func toolLimits(patience time.Duration) Limits {
	return Limits{Data: dataLimit, File: fileLimit, CPU: patience * time.Duration(runtime.NumCPU())}
}
