//go:build !linux

package build

// setLimits does nothing: no other process's limits can be set here.
func setLimits(pid int, lim Limits) {}
