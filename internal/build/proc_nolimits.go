//go:build !linux

package build

// LimitsText says what Limits do on this system.
const LimitsText = "own process group only; memory, file size and processor time are not limited on this system"

// setLimits does nothing: no other process's limits can be set here.
func setLimits(pid int, lim Limits) {}
