package build

import (
	"bytes"
	"crypto/rand"
)

// resultKey is the variable with the word that begins every line of the result pipe.
// It is another one for each process. A program that writes to whatever descriptors
// it finds does not know it; one that looks for it does: that is a guard against
// blind writes and no wall.
const resultKey = "TRACE_RESULT_KEY"

func newKey() string { return rand.Text() }

// keyed is what follows the key in a line of the pipe, false if there is none.
func (c *collector) keyed(line []byte) ([]byte, bool) {
	return bytes.CutPrefix(line, []byte(c.key+" "))
}
