package sandbox

import (
	"context"
	"errors"
	"fmt"
)

// Strongest is the strongest level that works here by itself. The error says of
// each why it does not.
func Strongest(ctx context.Context) (Level, error) {
	var why []error
	for _, name := range []string{Namespaces, Landlock} {
		err := Probe(ctx, name)
		if err == nil {
			return Level{Name: name}, nil
		}
		if ctx.Err() != nil {
			return Level{}, err
		}
		why = append(why, fmt.Errorf("%s: %w", name, err))
	}
	return Level{}, errors.Join(why...)
}
