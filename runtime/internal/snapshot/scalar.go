package snapshot

import (
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// scalar writes booleans, numbers and strings. Where the static type is not
// known, one that is not the default type of its constant is converted.
func (p *printer) scalar(v reflect.Value, ty typing) {
	t := v.Type()
	convert := ty == inInterface
	switch t {
	case reflect.TypeOf(false), reflect.TypeOf(0), reflect.TypeOf(0.0), reflect.TypeOf(""), reflect.TypeOf(0i):
		convert = false
	}
	if convert {
		p.str(TypeString(t))
		p.str("(")
		defer p.str(")")
	}
	switch t.Kind() {
	case reflect.Bool:
		p.buf = strconv.AppendBool(p.buf, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.buf = strconv.AppendInt(p.buf, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.buf = strconv.AppendUint(p.buf, v.Uint(), 10)
	case reflect.Uintptr:
		p.buf = AppendUintptr(p.buf, uintptr(v.Uint()))
	case reflect.Float32:
		p.buf = AppendFloat(p.buf, v.Float(), 32)
	case reflect.Float64:
		p.buf = AppendFloat(p.buf, v.Float(), 64)
	case reflect.Complex64:
		p.complex(v.Complex(), 32)
	case reflect.Complex128:
		p.complex(v.Complex(), 64)
	case reflect.String:
		p.quote(v.String())
	default:
		p.str("…")
	}
}

// AppendUintptr writes u. A small one is a flag or a count; a large one may be
// an address and is not shown.
func AppendUintptr(b []byte, u uintptr) []byte {
	if u < 4096 {
		return strconv.AppendUint(b, uint64(u), 10)
	}
	return append(b, "…"...)
}

// AppendFloat writes f, which has 32 or 64 bits, so that it reads as a
// floating-point number.
func AppendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "math.NaN()"...)
	case math.IsInf(f, 1):
		return append(b, "math.Inf(1)"...)
	case math.IsInf(f, -1):
		return append(b, "math.Inf(-1)"...)
	case f == 0 && math.Signbit(f):
		return append(b, "math.Copysign(0, -1)"...)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, bits)
	for _, c := range b[start:] {
		if c == '.' || c == 'e' {
			return b
		}
	}
	return append(b, ".0"...)
}

func (p *printer) complex(c complex128, bits int) {
	p.str("complex(")
	p.buf = AppendFloat(p.buf, real(c), bits)
	p.str(", ")
	p.buf = AppendFloat(p.buf, imag(c), bits)
	p.str(")")
}

// AppendString writes a string as Deep does, given its first StringMax bytes and
// how many bytes it has beyond them.
func AppendString(b []byte, s string, more int) []byte {
	return appendString(b, s, more, Default.Bytes)
}

// appendString writes the beginning of s, and what is left out, in most bytes.
func appendString(b []byte, s string, more, most int) []byte {
	if more == 0 && fit(s, most-len(`""`)) == len(s) {
		return strconv.AppendQuote(b, s)
	}
	var digits [20]byte
	mark := len(" … ") + len(strconv.AppendInt(digits[:0], int64(len(s)+more), 10)) + len(" more bytes")
	n := fit(s, most-len(`""`)-mark)
	b = strconv.AppendQuote(b, s[:n])
	b = append(b, " … "...)
	b = strconv.AppendInt(b, int64(len(s)-n+more), 10)
	return append(b, " more bytes"...)
}

// minString is the least that is shown of a string, however little is left.
const minString = 16

// room is how many bytes a string may take. Inside a composite value it is
// half of what is left, so that one long field does not hide the others.
func (p *printer) room() int {
	room := p.lim.Bytes - len(p.buf)
	if p.depth > 0 {
		room /= 2
	}
	if room < minString && !p.again {
		room = minString
	}
	if room < 0 {
		room = 0
	}
	return room
}

// quote writes s as a Go string literal, cut at a rune boundary.
func (p *printer) quote(s string) {
	if len(p.buf) == 0 {
		p.buf = appendString(p.buf, s, 0, p.lim.Bytes)
		return
	}
	n := fit(s, p.room())
	p.buf = strconv.AppendQuote(p.buf, s[:n])
	if n < len(s) {
		p.str(" ")
		p.more(len(s)-n, " bytes")
	}
}

// fit returns the length of the longest prefix of s that ends at a rune
// boundary and whose quoted form has at most room bytes inside the quotes.
func fit(s string, room int) int {
	if len(s) <= room/10 { // the longest escape of one byte or rune: \U0010ffff
		return len(s)
	}
	used := 0
	var tmp [16]byte
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			used += len(`\xff`)
		case r == '"' || r == '\\':
			used += 2
		case ' ' <= r && r < utf8.RuneSelf-1:
			used++
		default:
			used += len(strconv.AppendQuoteRune(tmp[:0], r)) - 2
		}
		if used > room {
			return i
		}
		i += size
	}
	return len(s)
}

// text writes a byte slice that holds text as a conversion from a string. It
// reports false, having written nothing, if the bytes are not text.
func (p *printer) text(v reflect.Value, ty typing) bool {
	n := v.Len()
	if n == 0 {
		return false
	}
	look := p.room()
	if look > n {
		look = n
	}
	// Read element by element: Bytes is refused for some unexported fields of
	// defined byte types.
	b := make([]byte, look)
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	whole := b
	for len(whole) > 0 && look < n && len(b)-len(whole) < utf8.UTFMax {
		if r, size := utf8.DecodeLastRune(whole); r != utf8.RuneError || size != 1 {
			break
		}
		whole = whole[:len(whole)-1] // a rune that the cut went through
	}
	if len(whole) == 0 || !utf8.Valid(whole) {
		return false
	}
	for _, r := range string(whole) {
		if !strconv.IsPrint(r) && r != '\n' && r != '\t' && r != '\r' {
			return false
		}
	}
	s := string(whole)
	k := fit(s, p.room())
	p.str(TypeString(v.Type())) // not elided: a conversion is not a literal
	p.str("(")
	p.buf = strconv.AppendQuote(p.buf, s[:k])
	if k < n {
		p.str(" ")
		p.more(n-k, " bytes")
	}
	p.str(")")
	return true
}
