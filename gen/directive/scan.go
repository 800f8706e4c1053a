package directive

import (
	"fmt"
	"strconv"
	"strings"
)

// An Arg is one argument of a directive.
type Arg struct {
	Key      string
	Value    string // unquoted
	HasValue bool   // an equals sign and a value follow the key

	Offset      int // of the key in the scanned text
	ValueOffset int // of the value, quote included; 0 without value
	End         int // of the argument
}

// A ScanError says what was expected at a place in the arguments.
type ScanError struct {
	Offset int // in the scanned text
	Msg    string
	Hint   string

	// What would mend it, where that is clear: the text from Start to End
	// becomes New.
	Start, End int
	New        string // empty: it is not clear
}

func (e *ScanError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// Scan splits the text that follows the name of a directive into arguments.
// It goes on after an error with the next blank, so that all errors are
// found at once.
//
// The splitter of go/ast's ParseDirective is not used: it breaks quoted
// values that hold blanks.
func Scan(text string) ([]Arg, []*ScanError) {
	s := scanner{text: text}
	for s.skipBlanks(); s.off < len(s.text); s.skipBlanks() {
		if strings.HasPrefix(s.text[s.off:], "//") {
			break // a comment on the directive
		}
		s.arg()
	}
	return s.args, s.errs
}

type scanner struct {
	text string
	off  int
	args []Arg
	errs []*ScanError
}

func (s *scanner) skipBlanks() {
	for s.off < len(s.text) && isBlank(s.text[s.off]) {
		s.off++
	}
}

// skipWord moves to the next blank.
func (s *scanner) skipWord() {
	for s.off < len(s.text) && !isBlank(s.text[s.off]) {
		s.off++
	}
}

func (s *scanner) errorf(off int, hint, format string, args ...any) {
	s.errs = append(s.errs, &ScanError{Offset: off, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// mend says what would mend the last error.
func (s *scanner) mend(start, end int, text string) {
	e := s.errs[len(s.errs)-1]
	e.Start, e.End, e.New = start, end, text
}

// joinEquals mends "key = value", whose equals sign stands at off.
func (s *scanner) joinEquals(off int) {
	if len(s.args) == 0 || s.text[off] != '=' {
		return
	}
	key := s.args[len(s.args)-1]
	if key.HasValue || strings.Trim(s.text[key.End:off], " \t") != "" {
		return
	}
	end := off + 1
	for end < len(s.text) && isBlank(s.text[end]) {
		end++
	}
	if end < len(s.text) {
		s.mend(key.End, end, "=")
	}
}

func (s *scanner) arg() {
	a := Arg{Offset: s.off}
	for s.off < len(s.text) && isKeyByte(s.text[s.off], s.off == a.Offset) {
		s.off++
	}
	a.Key = s.text[a.Offset:s.off]
	switch {
	case a.Key == "":
		hint := "arguments are written key, key=word or key=\"text\""
		if s.text[s.off] == '=' {
			hint = "write key=value without blanks around the equals sign"
		}
		s.skipWord()
		s.errorf(a.Offset, hint, "expected an option, found %q", s.text[a.Offset:s.off])
		s.joinEquals(a.Offset)
		return
	case s.off < len(s.text) && s.text[s.off] == '=':
		s.off++
		if !s.value(&a) {
			return
		}
	case s.off < len(s.text) && !isBlank(s.text[s.off]):
		off := s.off
		s.skipWord()
		s.errorf(off, "arguments are separated by blanks", "expected a blank or = after %s, found %q", a.Key, s.text[off:s.off])
		return
	}
	a.End = s.off
	s.args = append(s.args, a)
}

// value scans what follows the equals sign.
func (s *scanner) value(a *Arg) bool {
	start := s.off
	if start == len(s.text) || isBlank(s.text[start]) {
		s.errorf(start, "", "expected a value after %s=", a.Key)
		return false
	}
	a.ValueOffset, a.HasValue = start, true
	switch q := s.text[start]; q {
	case '"', '`':
		end := closingQuote(s.text, start)
		if end < 0 {
			s.off = len(s.text)
			s.errorf(start, "a value ends on the line on which it begins", "expected a closing %c for the value of %s", q, a.Key)
			return false
		}
		s.off = end + 1
		v, err := strconv.Unquote(s.text[start:s.off])
		if err != nil {
			s.errorf(start, "write a raw string with back quotes if the backslashes are meant literally",
				"expected a Go string as value of %s, found %s", a.Key, s.text[start:s.off])
			return false
		}
		a.Value = v
		if s.off < len(s.text) && !isBlank(s.text[s.off]) {
			if s.listOfQuoted(a, start) {
				return false
			}
			hint := "arguments are separated by blanks"
			if q == '"' {
				hint += `; a quote inside the value is written \"`
			}
			off := s.off
			s.skipWord()
			s.errorf(off, hint, "expected a blank after the value of %s, found %q", a.Key, s.text[off:s.off])
			return false
		}
	default:
		s.skipWord()
		a.Value = s.text[start:s.off]
		if i := strings.IndexAny(a.Value, "\"`',="); i >= 0 {
			s.notOneWord(a, start, i)
			return false
		}
	}
	return true
}

// closingQuote returns the offset of the quote that ends the string which
// begins at start, or -1.
func closingQuote(text string, start int) int {
	q := text[start]
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == q:
			return i
		case text[i] == '\\' && q == '"':
			i++
		}
	}
	return -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isKeyByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return true
	case '0' <= c && c <= '9', c == '_', c == '-':
		return !first
	}
	return false
}
