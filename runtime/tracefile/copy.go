package tracefile

import (
	"bufio"
	"errors"
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
				return false, &SyntaxError{0, errors.New("line too long")}
			}
		case err == io.EOF:
			return len(line) > 0, nil
		default:
			return false, err
		}
	}
}
