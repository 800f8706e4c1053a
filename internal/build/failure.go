package build

import (
	"errors"
	"regexp"
)

// Why a build failed, in words that the journal keeps and the report tells apart.
const (
	NotCompiled = "it does not compile"
	NotVetted   = "go vet, which go test runs, finds fault with it"
	Stopped     = "compiling it was stopped"
)

// aboutVet is what the go command prints above the findings of go vet: the name of
// a package in brackets.
var aboutVet = regexp.MustCompile(`(?m)^# \[`)

// Why says which of the tools failed: the compiler may be fine with what go vet is
// not, and what took too long may be right.
func (e *Error) Why() string {
	switch {
	case e.Exit.Killed != "" || e.Exit.Signal != "":
		return Stopped
	case aboutVet.MatchString(e.Output):
		return NotVetted
	}
	return NotCompiled
}

// Failure returns what is wrong with the source that err is about; false if err is
// no failed build.
func Failure(err error) (text string, ok bool) {
	var failed *Error
	if !errors.As(err, &failed) {
		return "", false
	}
	return failed.Why() + ": " + failed.Error(), true
}
