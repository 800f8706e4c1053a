package trace

import "github.com/opto-go/trace/runtime/internal/snapshot"

// CheckValues returns what is wrong with a text for the environment variable
// TRACE_VALUES, which bounds the values of a recording (see Values above).
func CheckValues(text string) error {
	_, err := snapshot.ParseLimits(text)
	return err
}
