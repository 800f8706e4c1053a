package optoprime

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything below keeps text of the program and of its run in its place: a
// value takes one line, a longer text stands behind "> " or in a fence that is
// longer than any fence in it. So nothing can pose as a part of the prompt.

// clip shortens s to about n bytes and says how long it was.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	head := s[:n]
	for len(head) > 0 && !utf8.RuneStart(s[len(head)]) {
		head = head[:len(head)-1]
	}
	return fmt.Sprintf("%s… (%d bytes)", head, len(s))
}

// oneLine joins the lines of s and drops what is not to be seen.
func oneLine(s string, n int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, s)
	return clip(s, n)
}

// value shows a recorded value, which is Go syntax, on one line.
func value(s string, n int) string {
	if s == "" {
		return "(not kept)"
	}
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			s = strconv.Quote(s)
			break
		}
	}
	return clip(s, n)
}

// visible drops what terminals obey and eyes miss.
func visible(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\r", ""), "?")
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, s)
}

// quote puts every line of s behind "> ".
func quote(s string, n int) string {
	lines := strings.Split(clip(strings.TrimSpace(visible(s)), n), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight("> "+l, " \t")
	}
	return strings.Join(lines, "\n") + "\n"
}

// fenced puts source into a block. The fence is longer than any in it.
func fenced(info, source string) string {
	source = visible(source)
	fence := "```"
	for strings.Contains(source, fence) {
		fence += "`"
	}
	return fence + info + "\n" + strings.TrimRight(source, "\n") + "\n" + fence + "\n"
}

// names joins a few names and counts the rest.
func names(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
