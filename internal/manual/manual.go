// Package manual takes the help of a command's subcommands from its manual, the
// package comment in doc.go, so that nothing is written twice.
//
// A manual has a block of usage lines below "Usage:", headings that begin with
// "# ", among them one that begins with "Command" or "Commands" and names each
// subcommand, and one called "Exit codes". Tables of flags are preformatted: an
// entry begins with a tab and the flag, and goes on in lines that begin with a
// tab and a blank.
package manual

import (
	"fmt"
	"slices"
	"strings"
)

// A Manual is the text of a package comment.
type Manual struct {
	Text  string // all of it
	name  string // of the command
	lines []string
}

// Of returns the manual of the command name, whose doc.go has the text source.
func Of(name, source string) *Manual {
	_, text, _ := strings.Cut(source, "/*\n")
	text, _, _ = strings.Cut(text, "*/")
	return &Manual{Text: text, name: name, lines: strings.Split(strings.TrimRight(text, "\n"), "\n")}
}

// Help is the help of a subcommand: how it is called, what it does, its flags,
// the exit codes, and where to read on. Flags are those that stand in the table
// of the command itself; a section may have further ones. A subcommand that the
// manual does not have gets all of it.
func (m *Manual) Help(sub string, flags ...string) string {
	section := m.section(func(title string) bool {
		names, ok := strings.CutPrefix(title, "Commands ")
		if !ok {
			names, ok = strings.CutPrefix(title, "Command ")
		}
		return ok && slices.Contains(strings.FieldsFunc(names, func(r rune) bool { return r == ' ' || r == ',' }), sub)
	})
	if section == "" {
		return m.Text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n\n%s\n%s\n", m.usage(sub), section)
	if table := m.flags(flags); table != "" {
		fmt.Fprintf(&b, "Flags:\n\n%s\n", table)
	}
	exits := m.section(func(title string) bool { return title == "Exit codes" })
	fmt.Fprintf(&b, "Exit codes:\n\n%s\nThe whole manual: %s -h\n", exits, m.name)
	return b.String()
}

// usage returns the usage lines of a subcommand, with its name in place of
// alternatives such as build|run|test.
func (m *Manual) usage(sub string) string {
	var b strings.Builder
	inside := false
	for _, line := range m.lines[max(0, slices.Index(m.lines, "Usage:")):] {
		switch {
		case strings.HasPrefix(line, "\t"+m.name+" "):
			words := strings.Split(line, " ")
			i := slices.IndexFunc(words, func(w string) bool { return slices.Contains(strings.Split(w, "|"), sub) })
			if inside = i >= 0; inside {
				words[i] = sub
				line = strings.Join(words, " ")
			}
		case line != "" && !strings.HasPrefix(line, "\t"), strings.HasPrefix(line, "#"):
			if line != "Usage:" {
				return b.String()
			}
		}
		if inside && strings.HasPrefix(line, "\t") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// section returns the text below the first heading that is wanted, empty if there
// is none.
func (m *Manual) section(wanted func(title string) bool) string {
	var list []string
	inside := false
	for _, line := range m.lines {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			if inside {
				break
			}
			inside = wanted(title)
			continue
		}
		if inside {
			list = append(list, line)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return strings.Trim(strings.Join(list, "\n"), "\n") + "\n"
}

// flags returns the entries of the table below "Flags:" with these names, as the
// table orders them.
func (m *Manual) flags(names []string) string {
	at := slices.Index(m.lines, "Flags:")
	if at < 0 {
		return ""
	}
	var b strings.Builder
	inside := false
	for _, line := range m.lines[at+1:] {
		switch {
		case line == "":
			continue
		case !strings.HasPrefix(line, "\t"):
			return b.String()
		case strings.HasPrefix(line, "\t-"):
			name, _, _ := strings.Cut(line[2:], " ")
			inside = slices.Contains(names, name)
		}
		if inside {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
