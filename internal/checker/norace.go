//go:build !race

package checker

const reserves = false
