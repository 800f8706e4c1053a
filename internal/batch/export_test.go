package batch

import (
	"bytes"
	"crypto/sha256"
)

// WrongSums counts the sums in the signature of a binary that are not those of
// its pages; -1 if it has none.
func WrongSums(bin []byte) int {
	s := signatureOf(bin)
	if s == nil || s.count == 0 {
		return -1
	}
	wrong := 0
	for page := range s.count {
		p := s.patch(bin, page*s.pageSize)[0]
		if !bytes.Equal(p.Data, bin[p.At:p.At+sha256.Size]) {
			wrong++
		}
	}
	return wrong
}
