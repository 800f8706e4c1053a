//go:build !unix

package gen

import "time"

var epoch = time.Now()

func processorTime() time.Duration { return time.Since(epoch) }
