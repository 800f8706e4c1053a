package llm

import (
	"errors"
	"strings"
)

// SplitWords splits a command line as a POSIX shell splits words: blanks
// separate, single quotes keep everything, double quotes keep all but \", \\,
// \$ and \`, a backslash keeps the next character. Nothing is expanded; who
// wants that writes sh -c '…'.
func SplitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	in := false // inside a word, which may be empty ("")
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\n', '\r':
			if in {
				words = append(words, word.String())
				word.Reset()
				in = false
			}
		case '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a single quote is never closed")
			}
			word.WriteString(line[i+1 : i+1+end])
			i += end + 1
			in = true
		case '"':
			in = true
			for i++; ; i++ {
				if i >= len(line) {
					return nil, errors.New("a double quote is never closed")
				}
				if line[i] == '"' {
					break
				}
				if line[i] == '\\' && i+1 < len(line) && strings.IndexByte("\"\\$`", line[i+1]) >= 0 {
					i++
				}
				word.WriteByte(line[i])
			}
		case '\\':
			if i+1 >= len(line) {
				return nil, errors.New("nothing follows the last backslash")
			}
			i++
			word.WriteByte(line[i])
			in = true
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, word.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("the command is empty")
	}
	return words, nil
}
