package tape

import (
	"sort"
	"strconv"
	"strings"

	"github.com/opto-go/trace/runtime/tracefile"
)

// A pathFunc is what a Path says of a function.
type pathFunc struct {
	blocks uint32     // how many it has
	spans  []pathSpan // by file and line
}

// A pathSpan is lines that the same blocks of a function have, and those between
// them that none has. There are fewer of them than lines or blocks, and every case
// looks at them all when it ends.
type pathSpan struct {
	file, from, to int
	blocks         []uint32 // counted from the function's first
}

// lines closes the path of the case and tells which lines it ran, file by
// file; nil if it ran none.
func (t *Tape) lines() map[string]string {
	b, all := t.endPath()
	ran := map[string][]tracefile.LineRange{}
	for _, p := range all {
		for file, rs := range p.lines(b) {
			ran[file] = append(ran[file], rs...)
		}
	}
	if len(ran) == 0 {
		return nil
	}
	texts := map[string]string{}
	for name, rs := range ran {
		texts[name] = tracefile.FormatLines(rs)
	}
	return texts
}

// lines tells which lines of the file ran. Lines without a statement of their
// own, such as comments and closing braces, go with their neighbours if both
// ran, so that the ranges have gaps only where something did not run.
func (p *Path) lines(b ranBits) map[string][]tracefile.LineRange {
	p.once.Do(p.parse)
	ran := map[string][]tracefile.LineRange{}
	first := p.Base
	for _, f := range p.funcs {
		if b.any(first, first+f.blocks) {
			p.linesOf(f, b, first, ran)
		}
		first += f.blocks
	}
	return ran
}

// linesOf adds those of a function whose blocks begin with first.
func (p *Path) linesOf(f pathFunc, b ranBits, first uint32, ran map[string][]tracefile.LineRange) {
	for i := 0; i < len(f.spans); {
		file := f.spans[i].file
		rs := ran[p.Files[file]]
		open := false // the lines before ran, as far as there are any
		for ; i < len(f.spans) && f.spans[i].file == file; i++ {
			s := &f.spans[i]
			now := b.hasAny(first, s.blocks)
			switch {
			case now && open:
				rs[len(rs)-1].To = s.to
			case now:
				rs = append(rs, tracefile.LineRange{From: s.from, To: s.to})
			}
			open = now
		}
		if len(rs) > 0 {
			ran[p.Files[file]] = rs
		}
	}
}

// has reports whether block i ran.
func (b ranBits) has(i uint32) bool {
	return int(i>>5) < len(b) && b[i>>5]&(1<<(i&31)) != 0
}

// hasAny reports whether any of the blocks ran, which are counted from first.
func (b ranBits) hasAny(first uint32, blocks []uint32) bool {
	for _, block := range blocks {
		if b.has(first + block) {
			return true
		}
	}
	return false
}

// any reports whether any of the blocks from one to before another ran.
func (b ranBits) any(from, to uint32) bool {
	if end := uint32(len(b)) << 5; to > end {
		to = end
	}
	for i := from; i < to; i++ {
		switch word := b[i>>5]; {
		case word == 0:
			i |= 31 // none of these
		case word&(1<<(i&31)) != 0:
			return true
		}
	}
	return false
}

// parse reads Blocks.
func (p *Path) parse() {
	for _, fn := range strings.Split(p.Blocks, "|") {
		p.funcs = append(p.funcs, parseFunc(fn))
	}
}

func parseFunc(fn string) (f pathFunc) {
	type line struct{ file, number int }
	of := map[line][]uint32{}
	for _, block := range strings.Split(fn, ";") {
		eachRange(block, func(file, from, to int) {
			for n := from; n <= to; n++ {
				at := line{file, n}
				if had := of[at]; len(had) == 0 || had[len(had)-1] != f.blocks {
					of[at] = append(had, f.blocks)
				}
			}
		})
		f.blocks++
	}
	lines := make([]line, 0, len(of))
	for at := range of {
		lines = append(lines, at)
	}
	sort.Slice(lines, func(i, j int) bool {
		if lines[i].file != lines[j].file {
			return lines[i].file < lines[j].file
		}
		return lines[i].number < lines[j].number
	})
	for _, at := range lines {
		if n := len(f.spans); n > 0 && f.spans[n-1].file == at.file && sameBlocks(f.spans[n-1].blocks, of[at]) {
			f.spans[n-1].to = at.number
		} else {
			f.spans = append(f.spans, pathSpan{at.file, at.number, at.number, of[at]})
		}
	}
	return f
}

func sameBlocks(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// eachRange calls f for the ranges of lines of a block.
func eachRange(block string, f func(file, from, to int)) {
	if block == "" {
		return
	}
	for _, r := range strings.Split(block, ",") {
		file := 0
		if i := strings.IndexByte(r, '/'); i >= 0 {
			file, _ = strconv.Atoi(r[:i])
			r = r[i+1:]
		}
		from, to := r, r
		if i := strings.IndexByte(r, '-'); i >= 0 {
			from, to = r[:i], r[i+1:]
		}
		a, _ := strconv.Atoi(from)
		z, _ := strconv.Atoi(to)
		f(file, a, z)
	}
}
