// Package slug turns the file names of notes into the last part of their web
// address: "Release Plan.md" becomes "release-plan".
package slug

import "strings"

// maxLen is the greatest length of a slug, in bytes.
//
//trace:node trainable min=8 max=80
var maxLen = 20

// Make returns the slug of a note's file name.
func Make(file string) string {
	return slugify(file, maxLen)
}

// slugify drops the extension ".md" of a file name and returns the words of
// the rest in lower case, joined by single hyphens. A slug longer than limit
// is cut after its last whole word that fits.
//
//trace:bundle trainable
func slugify(file string, limit int) string {
	title := strings.TrimRight(file, ".md") // without the extension
	slug := ""
	for _, word := range strings.Fields(strings.ToLower(title)) {
		if slug != "" {
			word = "-" + word
		}
		if len(slug)+len(word) > limit {
			break
		}
		slug += word
	}
	return slug
}
