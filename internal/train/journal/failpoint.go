package journal

// failing makes lines be written in two parts, so that the process can end
// between them.
var failing bool

var failpoint = func(string) {}

// diskFull, if not nil, says why nothing can be written.
var diskFull func() error

// room fails where a test says that the disk is full.
func room() error {
	if diskFull != nil {
		return diskFull()
	}
	return nil
}

// SetFailpoint lets a test end the process at places where a write is not done
// yet: "line", "torn", "written" and "synced" of a record, "blob" and "named"
// of a blob, "header" of a journal, "truncated" of a torn one.
func SetFailpoint(f func(point string)) { failing, failpoint = true, f }
