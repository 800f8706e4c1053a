package filelock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// A lock of Windows keeps others from reading what it covers, so it lies far
// behind the end of the file.
const offsetHigh = 1 << 30

func try(f *os.File) error {
	at := &windows.Overlapped{OffsetHigh: offsetHigh}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrBusy
	}
	return err
}
