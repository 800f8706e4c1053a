package train

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	address   = regexp.MustCompile(`\b0x[0-9a-f]{4,}\b`)
	goroutine = regexp.MustCompile(`(?m)^goroutine \d+ (gp=\S+ m=\S+ )?(mp=\S+ )?\[[^\]]*\]:$`)
	frame     = regexp.MustCompile(`(?m)^(\S.*)\(.*\)\n\t(\S+\.go):(\d+)`)
)

// maxFeedback bounds the text of one case.
const maxFeedback = 6000

// readable makes the output of a case the same in every run, on every
// machine: no address, no private directory, and of a stack only the frames
// in the module.
func (s *session) readable(text string) string {
	if i := goroutine.FindStringIndex(text); i != nil {
		stack := text[i[0]:]
		text = strings.TrimRight(text[:i[0]], "\n") + "\n" + s.frames(stack)
	}
	text = s.privateDir.ReplaceAllString(text, "$$HOME")
	text = strings.ReplaceAll(text, s.root+string(filepath.Separator), "")
	text = address.ReplaceAllString(text, "0x…")
	return clip(strings.TrimRight(dedent(text), " \n"), maxFeedback)
}

// frames lists the frames of the first goroutine that lie in the module.
func (s *session) frames(stack string) string {
	if next := goroutine.FindAllStringIndex(stack, 2); len(next) == 2 {
		stack = stack[:next[1][0]]
	}
	var b strings.Builder
	n := 0
	for _, m := range frame.FindAllStringSubmatch(stack, -1) {
		rel := m[2]
		if filepath.IsAbs(rel) {
			r, err := filepath.Rel(s.root, rel)
			if err != nil || strings.HasPrefix(r, "..") {
				continue
			}
			rel = filepath.ToSlash(r)
		}
		fmt.Fprintf(&b, "\tat %s:%s in %s\n", rel, m[3], m[1])
		if n++; n == 8 {
			break
		}
	}
	return b.String()
}

// dedent removes the indentation that package testing puts before everything
// a test logs.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "    ")
	}
	return strings.Join(lines, "\n")
}

// clip cuts text in the middle.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	half := limit / 2
	return strings.ToValidUTF8(text[:half], "") + "\n[…]\n" + strings.ToValidUTF8(text[len(text)-half:], "")
}
