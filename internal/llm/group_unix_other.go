//go:build unix && !linux

package llm

import "syscall"

func dieWithParent(*syscall.SysProcAttr) {}
