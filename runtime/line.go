package trace

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// oneLine returns s without anything that could end its line or hide in it:
// line breaks become spaces, with the indentation behind them, and what does
// not print is escaped.
func oneLine(s string) string {
	clean := true
	for _, r := range s {
		if r != ' ' && !strconv.IsPrint(r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	broken := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n' || r == '\r':
			broken = true
		case r == '\t' || r == ' ':
			if !broken {
				b.WriteByte(' ')
			}
		default:
			if broken {
				b.WriteByte(' ')
				broken = false
			}
			switch {
			case r == utf8.RuneError && size == 1:
				b.WriteString(`\x`)
				b.WriteString(strconv.FormatUint(uint64(s[i]), 16))
			case strconv.IsPrint(r):
				b.WriteRune(r)
			default:
				q := strconv.QuoteRune(r)
				b.WriteString(q[1 : len(q)-1])
			}
		}
		i += size
	}
	return b.String()
}
