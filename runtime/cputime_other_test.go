//go:build !unix

package trace

import "time"

var epoch = time.Now()

func now() time.Duration { return time.Since(epoch) }
