package optimizer

import (
	"go/scanner"
	"go/token"
	"strings"
)

// block is one fenced block of an answer.
type block struct {
	line   int    // of the opening fence in the answer, from 1
	info   string // what follows the opening fence, trimmed
	lang   string // first word of info, lower case
	name   string // parameter name in info, cleaned; empty if there is none
	text   string // content without the fences, without a final newline
	closed bool
}

// isAnswer reports whether the block's first word makes it part of the answer.
func (b block) isAnswer() bool { return b.isGo() || b.lang == "value" }

func (b block) isGo() bool { return b.lang == "go" || b.lang == "golang" }

// label is how messages refer to the block.
func (b block) label() string {
	if b.info == "" {
		return "```"
	}
	return "```" + clip(b.info, 60)
}

// maxOpenChecks bounds how often the text of one Go block is scanned to see
// whether a fence stands inside a literal, so that hostile answers stay linear.
const maxOpenChecks = 32

// splitBlocks separates the prose of an answer from its fenced blocks.
// firstLine is the line number of text's first line.
//
// A fence line inside a block that carries its own info string opens a nested
// block, so that a prompt template may itself contain a fenced example, and so
// that a block that was never closed swallows the next one and comes out
// unclosed instead of complete.
func splitBlocks(text string, firstLine int) (prose string, blocks []block) {
	lines := strings.Split(text, "\n")
	var kept []string
	for i := 0; i < len(lines); {
		f, ok := fenceOf(lines[i])
		if !ok {
			kept = append(kept, lines[i])
			i++
			continue
		}
		end, closed := closingFence(lines, i, f)
		b := newBlock(f.info)
		b.line, b.closed = firstLine+i, closed
		content := make([]string, 0, end-i)
		for _, l := range lines[i+1 : end] {
			content = append(content, trimIndent(l, f.indent))
		}
		b.text = strings.Join(content, "\n")
		blocks = append(blocks, b)
		i = end + 1
	}
	return strings.TrimSpace(strings.Join(kept, "\n")), blocks
}

// closingFence returns the index of the line that closes the block opened on
// lines[open], or len(lines) and false.
func closingFence(lines []string, open int, f fence) (end int, closed bool) {
	isGo := newBlock(f.info).isGo()
	depth, checks, inside := 0, 0, -1
	for j := open + 1; j < len(lines); j++ {
		g, ok := fenceOf(lines[j])
		if !ok || g.char != f.char || g.length < f.length {
			continue
		}
		if g.info != "" {
			depth++
			continue
		}
		if depth > 0 {
			depth--
			continue
		}
		if isGo && checks < maxOpenChecks {
			checks++
			if endsInsideLiteral(strings.Join(lines[open+1:j], "\n")) {
				if inside < 0 {
					inside = j
				}
				continue
			}
		}
		return j, true
	}
	if inside >= 0 {
		// The literal is never closed at all: stop at the first fence, where
		// the Go parser will say what is wrong.
		return inside, true
	}
	return len(lines), false
}

// fence is a line that opens or closes a block.
type fence struct {
	char   byte
	length int
	indent int
	info   string
}

func fenceOf(line string) (fence, bool) {
	rest := strings.TrimLeft(line, " \t")
	f := fence{indent: len(line) - len(rest)}
	if rest == "" || (rest[0] != '`' && rest[0] != '~') {
		return fence{}, false
	}
	f.char = rest[0]
	for f.length < len(rest) && rest[f.length] == f.char {
		f.length++
	}
	f.info = strings.TrimSpace(rest[f.length:])
	// ```x``` on one line is inline code.
	if f.length < 3 || strings.Contains(f.info, "```") {
		return fence{}, false
	}
	return f, true
}

// newBlock reads the words after an opening fence.
func newBlock(info string) block {
	b := block{info: info}
	words := strings.Fields(info)
	if len(words) == 0 {
		return b
	}
	first := words[0]
	words = words[1:]
	if lang, name, ok := strings.Cut(first, ":"); ok && name != "" {
		first, words = lang, append([]string{name}, words...)
	}
	b.lang = strings.ToLower(strings.Trim(first, ":,{}"))
	if len(words) > 0 && words[0] == "func" {
		words = words[1:]
	}
	if len(words) > 0 {
		b.name = cleanName(words[0])
	}
	return b
}

// cleanName takes a parameter name out of the dress that models put it in:
// quotes, backticks, a call's parentheses, a method expression's.
func cleanName(word string) string {
	word = strings.TrimPrefix(word, "name=")
	word = strings.Trim(word, "`'\"“”*:,;{}<>")
	return strings.NewReplacer("(*", "", "(", "", ")", "", "`", "").Replace(word)
}

func trimIndent(line string, n int) string {
	i := 0
	for i < n && i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return line[i:]
}

// endsInsideLiteral reports whether Go text stops within a raw string or a
// general comment, where a fence is content.
func endsInsideLiteral(src string) bool {
	var s scanner.Scanner
	open := false
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), func(_ token.Position, msg string) {
		if msg == "raw string literal not terminated" || msg == "comment not terminated" {
			open = true
		}
	}, 0)
	for {
		if _, tok, _ := s.Scan(); tok == token.EOF {
			return open
		}
	}
}

// clip shortens s to about n bytes at a rune boundary and shows the cut.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
