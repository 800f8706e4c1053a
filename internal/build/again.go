package build

import (
	"context"
	"errors"
	"regexp"
)

// aboutSource is a finding of a tool that the go command runs: what follows the
// name of a package, or a position in a source.
var aboutSource = regexp.MustCompile(`(?m)^# |\.go:[0-9]+`)

// compileAgain compiles spec, and once more if the go command itself failed, as
// it does now and then: that says nothing about the source.
func (b *Builder) compileAgain(ctx context.Context, spec Spec, report bool) (*Binary, error) {
	bin, err := b.compile(ctx, spec, report)
	var failed *Error
	if errors.As(err, &failed) && !failed.Exit.OK() && failed.Exit.Killed == "" && !aboutSource.MatchString(failed.Output) {
		bin, err = b.compile(ctx, spec, report)
	}
	return bin, err
}
