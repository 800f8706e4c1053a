package overlay

import "io/fs"

func embedded() fs.FS { return nil }
