//go:build !linux && !darwin && !windows

package room

import "syscall"

var fullErrors = []syscall.Errno{syscall.ENOSPC, syscall.EFBIG}

func left(string) (int64, bool) { return 0, false }
