// Package ui holds the few helpers through which all text of the commands
// reaches a person.
//
// The rules:
//
//   - stdout is the product (a diff, a graph, JSON) and nothing else; it is
//     written by the command itself.
//   - stderr is everything else. A message is one line, lower case, without a
//     period, after the command's name: "tracegen: no such file". Lines that
//     already begin with a position (file:line:col: …) stand alone, so that
//     editors can jump to them.
//   - A message that a person can act on is followed by a hint line that says
//     what to do next.
//   - Exit codes travel as errors: nothing below main exits. 0 is done, 1 the
//     thing asked for did not succeed, 2 usage, load or internal error.
package ui

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Exit codes of both commands.
const (
	OK     = 0 // done
	Failed = 1 // the thing asked for did not succeed
	Broken = 2 // usage, load or internal error
)

// An Error is an error with an exit code and, often, a next step.
type Error struct {
	Code int    // exit code; 0 stands for Broken
	Err  error  // nil: everything was said already, only the code matters
	Hint string // what to do next; may be empty and may have several lines
}

// Error returns the message without the hint.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error that ends the command with [Broken].
func Errorf(format string, args ...any) *Error {
	return &Error{Code: Broken, Err: fmt.Errorf(format, args...)}
}

// Failf returns an error that ends the command with [Failed].
func Failf(format string, args ...any) *Error {
	return &Error{Code: Failed, Err: fmt.Errorf(format, args...)}
}

// Exit returns an error that ends the command with code and prints nothing.
// It is nil when code is 0.
func Exit(code int) error {
	if code == OK {
		return nil
	}
	return &Error{Code: code}
}

// WithHint returns e with the hint set.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// Code returns the exit code that err stands for.
func Code(err error) int {
	if err == nil {
		return OK
	}
	var e *Error
	if errors.As(err, &e) && e.Code != 0 {
		return e.Code
	}
	return Broken
}

// position matches the start of a line that names a place in a file.
var position = regexp.MustCompile(`^[^\s:]([^:\n]|:[\\/])*:\d+(:\d+)?: `)

// Report prints err with its hint on w, as the command name would, and returns
// its exit code. A nil error prints nothing.
func Report(w io.Writer, name string, err error) int {
	if err == nil {
		return OK
	}
	var e *Error
	if errors.As(err, &e) && e.Err == nil {
		return Code(err)
	}
	for _, line := range strings.Split(strings.TrimRight(err.Error(), "\n"), "\n") {
		if position.MatchString(line) || strings.HasPrefix(line, "\t") {
			fmt.Fprintln(w, line)
			continue
		}
		fmt.Fprintf(w, "%s: %s\n", name, line)
	}
	if e != nil && e.Hint != "" {
		Hint(w, name, "%s", e.Hint)
	}
	return Code(err)
}

// Note prints a message on w after the command's name.
func Note(w io.Writer, name, format string, args ...any) {
	lines(w, name+": ", fmt.Sprintf(format, args...))
}

// Warn prints a message about something that is not as it should be and does
// not stop the command.
func Warn(w io.Writer, name, format string, args ...any) {
	lines(w, name+": warning: ", fmt.Sprintf(format, args...))
}

// Hint prints what to do next.
func Hint(w io.Writer, name, format string, args ...any) {
	lines(w, name+": hint: ", fmt.Sprintf(format, args...))
}

func lines(w io.Writer, prefix, text string) {
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(w, "%s%s\n", prefix, line)
	}
}
