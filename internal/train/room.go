package train

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/room"
	"github.com/opto-go/trace/internal/ui"
)

// enoughRoom returns an error if cases failed, and there is no room for
// temporary files: then the candidate may not be to blame.
func (s *session) enoughRoom(res *build.Result) error {
	for _, c := range res.Cases {
		if c.Result != build.Pass && c.Result != build.Skip {
			return room.Check(s.work.Path)
		}
	}
	if res.Trouble != "" {
		return room.Check(s.work.Path)
	}
	return nil
}

// explainRoom says what to do about a disk that is full. What was done is in
// the journal by then.
func (s *session) explainRoom(err error) error {
	if !room.Full(err) {
		return err
	}
	e := &ui.Error{Code: ui.Failed, Err: err, Hint: "make room where temporary files are (TMPDIR) and where runs are kept (-runs)"}
	if s != nil && s.log != nil {
		e.Hint += ", then go on with tracetrain resume " + s.id()
	}
	return e
}

// unwritable words the failure of applying a result.
func unwritable(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 1 {
		return ui.Failf("applying the result: %w", err) // something could not be put back
	}
	cause, where := err, ""
	var path *fs.PathError
	if errors.As(err, &path) {
		cause, where = path.Err, filepath.Dir(path.Path)+": "
	}
	e := ui.Failf("applying the result: %s%w; no file was changed", where, cause)
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return e.WithHint("the result is kept: make the directory writable and use tracetrain apply RUN, or apply what tracetrain diff RUN prints elsewhere")
	case room.Full(err):
		return e.WithHint("the result is kept: make room, then use tracetrain apply RUN")
	}
	return ui.Failf("applying the result: %w", err)
}
