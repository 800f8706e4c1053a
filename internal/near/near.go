// Package near finds the words that someone who mistyped one may have meant.
package near

import "strings"

// longest bounds the words that are compared, in bytes.
const longest = 256

// Word returns the word that is most like s, the first of several, "" if none is:
// with more than one typing error in every three letters a word is another one.
// Equal letters in another case are equal.
func Word(s string, words []string) string {
	if list := Words(s, words); len(list) > 0 {
		return list[0]
	}
	return ""
}

// Words returns all words that are most like s, in their order.
func Words(s string, words []string) []string {
	var best []string
	least := 1 + max(1, len(s)/3)
	for _, w := range words {
		switch d := distance(strings.ToLower(s), strings.ToLower(w)); {
		case d < least:
			best, least = []string{w}, d
		case d == least && len(best) > 0:
			best = append(best, w)
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and swaps of neighbours.
// Of words that are too long to compare it gives the length.
func distance(a, b string) int {
	if len(a) > longest || len(b) > longest {
		return max(len(a), len(b))
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
