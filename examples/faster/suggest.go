// Package suggest finds the known word that a misspelt one was meant to be, as
// a command line does that asks "did you mean …?".
package suggest

import (
	"strings"
	"unicode/utf8"
)

// Closest returns the known word that the fewest edits make out of word, whose
// case does not matter. Of several it is the first. Where even that one takes
// more edits than a third of the characters of word, and more than one, there
// is no suggestion, and ok is false.
//
//trace:bundle trainable
func Closest(word string, known []string) (best string, ok bool) {
	least := -1
	for _, k := range known {
		d := distance(strings.ToLower(word), strings.ToLower(k))
		if least < 0 || d < least {
			best, least = k, d
		}
	}
	limit := max(1, utf8.RuneCountInString(word)/3)
	if least < 0 || least > limit {
		return "", false
	}
	return best, true
}

// distance returns how many characters have to be inserted, removed or replaced
// to make b out of a.
//
//trace:bundle trainable
func distance(a, b string) int {
	d := make([][]int, len([]rune(a))+1)
	for i := range d {
		d[i] = make([]int, len([]rune(b))+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i, x := range []rune(a) {
		for j, y := range []rune(b) {
			replace := d[i][j]
			if x != y {
				replace++
			}
			d[i+1][j+1] = min(replace, d[i][j+1]+1, d[i+1][j]+1)
		}
	}
	return d[len([]rune(a))][len([]rune(b))]
}
