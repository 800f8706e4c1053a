package room

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestFull(t *testing.T) {
	for _, e := range fullErrors {
		if err := fmt.Errorf("journal: %w", &os.PathError{Op: "write", Path: "x", Err: e}); !Full(err) {
			t.Errorf("%v is not full", err)
		}
	}
	if !Full(fmt.Errorf("%w", ErrFull)) || Full(os.ErrPermission) || Full(nil) || Full(errors.New("no space left on device")) {
		t.Error("full is something else")
	}
}

func TestSaid(t *testing.T) {
	for output, want := range map[string]string{
		"# m.test\n/go/link: mapping output file failed: no space left on device\n": "/go/link: mapping output file failed: no space left on device",
		"go: writing x: There is not enough space on the disk.\r\n":                 "go: writing x: There is not enough space on the disk.",
		"m.go:3:5: undefined: x: no space left on device":                           "",
		"./m.go:3:5: a: no space left on device":                                    "",
		"no space left on device is what it says":                                   "",
	} {
		if got := Said(output); got != want {
			t.Errorf("Said(%q) = %q, want %q", output, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := Check("there is no such directory"); err != nil {
		t.Error(err)
	}
}
