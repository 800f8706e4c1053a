// Package jsonline appends JSON to byte slices, for writers of one object per
// line. Unlike encoding/json it allocates nothing and escapes no HTML, so
// source text stays readable in the file.
package jsonline

import (
	"math"
	"strconv"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD. No newline is ever written, so a string cannot end the line.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c < utf8.RuneSelf-1 && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); !awkward(r, size) {
				i += size
				continue
			}
		}
		b = append(b, s[start:i]...)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', c)
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// awkward reports runes that some reader would take for the end of a line, and
// bytes that are not UTF-8.
func awkward(r rune, size int) bool {
	return r == utf8.RuneError && size == 1 || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// AppendKey appends a member's name with its colon, after a comma unless it
// is the first of its object.
func AppendKey(b []byte, key string) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' {
		b = append(b, ',')
	}
	return append(AppendString(b, key), ':')
}

// AppendInt appends the member key with value v.
func AppendInt(b []byte, key string, v int) []byte {
	return strconv.AppendInt(AppendKey(b, key), int64(v), 10)
}

// AppendText appends the member key with value v.
func AppendText(b []byte, key, v string) []byte {
	return AppendString(AppendKey(b, key), v)
}

// AppendFloat appends the member key with value v, null if v is not finite.
func AppendFloat(b []byte, key string, v float64) []byte {
	b = AppendKey(b, key)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}
