//go:build !linux

package checker

// LimitsText says what bounds a check on this system.
const LimitsText = "it ends itself when it is over its processor time or memory; the kernel does not bound memory here"
