package tracefile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Copy appends the trace file src to dst as it is, leaving out a last line
// that is incomplete, so that another file can follow. It reports whether
// there was one.
func Copy(dst io.Writer, src io.Reader) (cut bool, err error) {
	r := bufio.NewReaderSize(src, 64<<10)
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && len(line) == 0 {
			if _, err := dst.Write(part); err != nil {
				return false, err
			}
			continue
		}
		line = append(line, part...)
		switch {
		case err == nil:
			if _, err := dst.Write(line); err != nil {
				return false, err
			}
			line = line[:0]
		case errors.Is(err, bufio.ErrBufferFull):
			if len(line) > MaxLine {
				return false, fmt.Errorf("trace file has a line longer than %d bytes", MaxLine)
			}
		case err == io.EOF:
			if !json.Valid(line) {
				return len(line) > 0, nil
			}
			_, err = dst.Write(append(line, '\n')) // only the newline is missing
			return false, err
		default:
			return false, err
		}
	}
}
