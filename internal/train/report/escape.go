package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible spells out what does not print, such as control characters and those
// that change the direction of text. Tabs and the ends of lines stay.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// clip keeps at most so many characters of a line.
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

const maxCode = 160

// code is a code span with a text on one line.
func code(s string) string {
	s = clip(strings.Join(strings.Fields(visible(unixLines(s))), " "), maxCode)
	if s == "" {
		return "(empty)"
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if s[0] == '`' || s[len(s)-1] == '`' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// cell is a code span in a table.
func cell(s string) string {
	// A bar behind a backslash is read in more than one way.
	s = strings.ReplaceAll(code(s), `\|`, `\x7c`)
	return strings.ReplaceAll(s, "|", `\|`)
}

// fenced is a code block.
func fenced(language, text string) string {
	text = strings.TrimRight(visible(unixLines(text)), "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// longestRun is the length of the longest sequence of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// wrapped breaks long lines at blanks: a code block does not wrap.
func wrapped(s string, width int) string {
	var out []string
	for line := range strings.SplitSeq(visible(unixLines(s)), "\n") {
		for utf8.RuneCountInString(line) > width {
			head := string([]rune(line)[:width])
			i := strings.LastIndexByte(head, ' ')
			if i <= width/3 {
				if i = strings.IndexByte(line[len(head):], ' '); i < 0 {
					break
				}
				i += len(head)
			}
			out = append(out, strings.TrimRight(line[:i], " "))
			line = line[i+1:]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// In the message of a commit nothing is code: sites look for mentions, issues
// and addresses in all of it.
var meant = regexp.MustCompile(`(?i)(@)([a-z0-9])|(#)([0-9])|\b(GH-)([0-9])|(:)(//)`)

// inert breaks what a site would take for a mention, an issue or an address.
func inert(s string) string {
	for meant.MatchString(s) { // what one match ends, another may begin
		s = meant.ReplaceAllString(s, "$1$3$5$7 $2$4$6$8")
	}
	return s
}
