package batch

import (
	"bytes"
	"crypto/sha256"
	"debug/macho"
	"encoding/binary"
	"errors"

	"github.com/opto-go/trace/internal/build"
)

// Patches returns, for each candidate, what makes it the chosen one in a binary
// that was compiled of the program.
func (p *Program) Patches(bin []byte) ([][]build.Patch, error) {
	var places []int
	for _, mark := range p.marks {
		i := bytes.Index(bin, mark)
		if i < 0 {
			continue // the binary does not need the package
		}
		at := i + markLen
		if bytes.Contains(bin[at:], mark) || at >= len(bin) || bin[at] != 0 {
			return nil, errors.New("the binary has no clear place for the choice of a candidate")
		}
		places = append(places, at)
	}
	sign := signatureOf(bin)
	list := make([][]build.Patch, len(p.moved))
	for i := range list {
		for _, at := range places {
			bin[at] = number(i)
			list[i] = append(list[i], build.Patch{At: int64(at), Data: []byte{number(i)}})
		}
		for _, at := range places {
			list[i] = append(list[i], sign.patch(bin, at)...)
		}
	}
	for _, at := range places {
		bin[at] = 0
	}
	return list, nil
}

// number stands for candidate i in a program; 0 is the base.
func number(i int) byte { return byte(i + 1) }

// A signature is where the linker put the sums of a binary's pages. On
// Apple's processors the system runs no program in which they are wrong.
type signature struct {
	sums     int // offset of the first
	count    int
	pageSize int
	limit    int // end of what is summed
}

// signatureOf finds the signature of a Mach-O binary, nil if there is none. The
// format is that of Apple's <kern/cs_blobs.h>.
func signatureOf(bin []byte) *signature {
	f, err := macho.NewFile(bytes.NewReader(bin))
	if err != nil {
		return nil
	}
	defer f.Close()
	for _, l := range f.Loads {
		raw := l.Raw()
		const codeSignature = 0x1d
		if len(raw) < 16 || f.ByteOrder.Uint32(raw) != codeSignature {
			continue
		}
		return directoryOf(bin, int(f.ByteOrder.Uint32(raw[8:])))
	}
	return nil
}

// directoryOf reads the code directory of the signature at an offset.
func directoryOf(bin []byte, at int) *signature {
	u32 := func(i int) int {
		if i < 0 || i+4 > len(bin) {
			return -1
		}
		return int(binary.BigEndian.Uint32(bin[i:]))
	}
	const superBlob, codeDirectory, slotDirectory, sha256Type = 0xfade0cc0, 0xfade0c02, 0, 2
	if u32(at) != superBlob {
		return nil
	}
	for i := range u32(at + 8) {
		if u32(at+12+8*i) != slotDirectory {
			continue
		}
		dir := at + u32(at+16+8*i)
		if u32(dir) != codeDirectory || dir+40 > len(bin) || bin[dir+36] != sha256.Size || bin[dir+37] != sha256Type {
			return nil
		}
		s := &signature{sums: dir + u32(dir+16), count: u32(dir + 28), limit: u32(dir + 32), pageSize: 1 << bin[dir+39]}
		if s.count < 0 || s.sums+s.count*sha256.Size > len(bin) || s.limit > len(bin) {
			return nil
		}
		return s
	}
	return nil
}

// patch is the sum of the page around a byte.
func (s *signature) patch(bin []byte, at int) []build.Patch {
	if s == nil || at >= s.limit || at/s.pageSize >= s.count {
		return nil
	}
	page := at / s.pageSize
	sum := sha256.Sum256(bin[page*s.pageSize : min((page+1)*s.pageSize, s.limit)])
	return []build.Patch{{At: int64(s.sums + page*sha256.Size), Data: sum[:]}}
}
