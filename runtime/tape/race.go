//go:build race

package tape

import "runtime"

// hideSync makes the race detector overlook the synchronisation that follows
// in this goroutine, up to showSync: it is the recorder's and orders nothing
// in the program. What is accessed in between is touched by functions with
// go:norace only.
func hideSync() { runtime.RaceDisable() }

func showSync() { runtime.RaceEnable() }
