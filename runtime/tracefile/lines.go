package tracefile

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// LineRange are the lines From to To, both included. Lines count from 1.
type LineRange struct{ From, To int }

// FormatLines writes ranges as in End.Lines: sorted, with ranges that overlap
// or touch made one. It sorts rs in place.
func FormatLines(rs []LineRange) string {
	sort.Slice(rs, func(i, j int) bool { return rs[i].From < rs[j].From })
	var b []byte
	for i := 0; i < len(rs); {
		r := rs[i]
		for i++; i < len(rs) && rs[i].From <= r.To+1; i++ {
			if rs[i].To > r.To {
				r.To = rs[i].To
			}
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(r.From), 10)
		if r.To > r.From {
			b = strconv.AppendInt(append(b, '-'), int64(r.To), 10)
		}
	}
	return string(b)
}

// ParseLines reads what FormatLines writes. Ranges have to be sorted and must
// not overlap; the empty text has none.
func ParseLines(s string) ([]LineRange, error) {
	if s == "" {
		return nil, nil
	}
	var rs []LineRange
	last := 0
	for _, part := range strings.Split(s, ",") {
		from, to := part, part
		if i := strings.IndexByte(part, '-'); i >= 0 {
			from, to = part[:i], part[i+1:]
		}
		r := LineRange{lineNumber(from), lineNumber(to)}
		if r.From <= last || r.To < r.From {
			return nil, fmt.Errorf("%q are no lines: want ascending ranges such as 28-31,35", s)
		}
		last = r.To
		rs = append(rs, r)
	}
	return rs, nil
}

// lineNumber reads a number of at most nine digits, 0 if it is none.
func lineNumber(s string) int {
	if s == "" || len(s) > 9 {
		return 0
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}
