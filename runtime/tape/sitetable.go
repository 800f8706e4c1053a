package tape

import (
	"strconv"
	"strings"
	"unsafe"
)

// The sites of a file come to the program as one string: a composite literal
// for each of them would be most of what the compiler gets to see.

// Sites fills the table of a file. The text has a line for each site, of fields
// with tabs between them: the position, the source, the name ("=" if it is the
// source), the type, and what is rare, which begins with a letter that says what
// it is. Empty fields at the end are left out, and so is the file of a position
// that is in the same file as the one before. A backspace stands for what may
// not stand in a field: "\bt" for a tab, "\bn" for a line break, "\bb" for
// itself.
func Sites(sites []Site, text string) {
	at := positions{text: make([]byte, 0, 32*len(sites))}
	for i := range sites {
		line := text
		if n := strings.IndexByte(text, '\n'); n >= 0 {
			line, text = text[:n], text[n+1:]
		}
		sites[i].fill(line, &at)
		if sites[i].ID != "" {
			declared.add(&sites[i])
		}
	}
}

// fill sets the fields of a site from its line.
func (s *Site) fill(line string, at *positions) {
	next := func() string {
		field := line
		if n := strings.IndexByte(line, '\t'); n >= 0 {
			field, line = line[:n], line[n+1:]
		} else {
			line = ""
		}
		if strings.IndexByte(field, '\b') >= 0 {
			field = unescape.Replace(field)
		}
		return field
	}
	s.At = at.full(next())
	s.Src, s.Name, s.Type = next(), next(), next()
	if s.Name == "=" {
		s.Name = s.Src
	}
	for line != "" {
		field := next()
		v := field[1:]
		switch field[0] {
		case 'o':
			s.Op = v
		case 'i':
			s.ID = v
		case 'd':
			s.Degraded = v
		case 'D':
			s.Deep = true
		case 't':
			s.TB, _ = strconv.Atoi(v)
		case 'a':
			s.Args = append(s.Args, ArgSite{Src: v})
		case 'c':
			s.Args = append(s.Args, ArgSite{Src: v, Const: true})
		case 'n':
			s.Names = append(s.Names, v)
		}
	}
}

// positions makes the positions of sites complete, in few pieces of memory.
type positions struct {
	file string // with its colon
	text []byte
}

func (p *positions) full(at string) string {
	i := strings.LastIndexByte(at, ':')
	if j := strings.LastIndexByte(at[:i], ':'); j >= 0 {
		p.file = at[:j+1]
		return at
	}
	if n := len(p.file) + len(at); cap(p.text)-len(p.text) < n {
		p.text = make([]byte, 0, 1<<10+n)
	}
	from := len(p.text)
	p.text = append(append(p.text, p.file...), at...)
	full := p.text[from:]
	return *(*string)(unsafe.Pointer(&full)) // what is appended later lies behind it
}

var unescape = strings.NewReplacer("\bt", "\t", "\bn", "\n", "\bb", "\b")
