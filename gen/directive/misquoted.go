package directive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// listRule says how a list is written.
const listRule = "a list is one quoted value with commas between its entries, none of which is empty or holds a comma"

// isList reports whether the value of an option is a list, whatever directive
// it is an option of.
func isList(key string) bool {
	for _, k := range kinds {
		if o, ok := k.option(key); ok && o.list {
			return true
		}
	}
	return false
}

// notOneWord reports a value without quotes that cannot go without them. It
// begins at start, and byte i of it is the first that is not one of a word.
// What the hint says to write has every byte that stands there: which of them
// only quote, the writer has to say.
func (s *scanner) notOneWord(a *Arg, start, i int) {
	if s.listOfQuoted(a, start) {
		return
	}
	raw := a.Value
	inner, ok := s.singleQuoted(start)
	if ok {
		raw = s.text[start:s.off]
	}
	hint := fmt.Sprintf("quote it: %s=%s", a.Key, strconv.Quote(raw))
	if ok {
		hint = fmt.Sprintf("write %s=%s, or %[1]s=%[3]s if the single quotes are not part of it", a.Key, strconv.Quote(raw), strconv.Quote(inner))
	}
	s.errorf(start+i, hint, "expected a word as value of %s, found %q in it", a.Key, s.text[start+i])
	if !strings.ContainsAny(raw, "\"`'=") { // commas only: nothing is cut off
		s.mend(start, s.off, strconv.Quote(raw))
	}
}

// singleQuoted returns what stands between single quotes, the first of which
// is at start, and moves behind the second: the first one that ends a word.
// Text with another quote or an equals sign may be more than this value.
func (s *scanner) singleQuoted(start int) (string, bool) {
	if s.text[start] != '\'' {
		return "", false
	}
	for i := start + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '"', '`', '=':
			return "", false
		case '\'':
			if i == start+1 || i+1 < len(s.text) && !isBlank(s.text[i+1]) {
				continue
			}
			s.off = i + 1
			return s.text[start+1 : i], true
		}
	}
	return "", false
}

// listOfQuoted reports a list whose entries are quoted one by one, and moves
// behind it. It returns false if that is not what begins at start.
func (s *scanner) listOfQuoted(a *Arg, start int) bool {
	if !isList(a.Key) {
		return false
	}
	entries, end := quotedEntries(s.text, start)
	if len(entries) < 2 {
		return false
	}
	s.off = end
	hint, list := listRule, strconv.Quote(strings.Join(entries, ","))
	exact := !slices.ContainsFunc(entries, func(e string) bool {
		return e == "" || strings.Contains(e, ",") || strings.TrimSpace(e) != e
	})
	if exact {
		hint += fmt.Sprintf(": %s=%s", a.Key, list)
	}
	s.errorf(start, hint, "the entries of %s are quoted one by one", a.Key)
	if exact {
		s.mend(start, end, list)
	}
	return true
}

// quotedEntries reads entries with commas between them and quotes around at
// least one, up to a blank, and returns where they end. Blanks may follow a
// comma if a quote follows them. It returns nothing if text is not of this form.
func quotedEntries(text string, start int) (entries []string, end int) {
	quoted := false
	for i := start; i < len(text); {
		if q := text[i]; strings.IndexByte("\"`'", q) >= 0 {
			last := closingQuote(text, i)
			if last < 0 {
				return nil, 0
			}
			entry := text[i+1 : last]
			if q != '\'' {
				var err error
				if entry, err = strconv.Unquote(text[i : last+1]); err != nil {
					return nil, 0
				}
			}
			entries, quoted, i = append(entries, entry), true, last+1
		} else {
			word := text[i:]
			if n := strings.IndexAny(word, ", \t\r\n\"`'="); n >= 0 {
				word = word[:n]
			}
			entries, i = append(entries, word), i+len(word)
		}
		switch {
		case i == len(text) || isBlank(text[i]):
			if !quoted {
				return nil, 0
			}
			return entries, i
		case text[i] != ',':
			return nil, 0
		}
		i++
		next := i
		for next < len(text) && isBlank(text[next]) {
			next++
		}
		if next < len(text) && strings.IndexByte("\"`'", text[next]) >= 0 {
			i = next
		}
		if i == len(text) || isBlank(text[i]) {
			return nil, 0 // a comma ends it
		}
	}
	return nil, 0
}
