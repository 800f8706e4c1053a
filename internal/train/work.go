package train

import (
	"context"
	"os"
	"path/filepath"

	"github.com/opto-go/trace/internal/build"
	"github.com/opto-go/trace/internal/ui"
	"github.com/opto-go/trace/internal/workdir"
)

// work is the folder of a run in this process.
type work struct {
	*workdir.Dir
	removed workdir.Removed // what killed runs had left
	restore func()
}

// newWork makes the folder, and has the go command and, if this process is the
// run's alone, its libraries make their temporary files there: they would stay
// if the process were killed.
func (o *Options) newWork(ctx context.Context) (*work, error) {
	dir, removed, err := workdir.New(ctx)
	if err != nil {
		return nil, ui.Errorf("no room for temporary files: %w", err)
	}
	w := &work{Dir: dir, removed: removed, restore: func() {}}
	tmp := filepath.Join(dir.Path, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		w.close()
		return nil, err
	}
	o.Environ = append(o.Environ[:len(o.Environ):len(o.Environ)], "GOTMPDIR="+tmp)
	if o.OwnProcess {
		w.restore = setTemp(tmp)
	}
	return w, nil
}

// setTemp has this process make temporary files in dir.
func setTemp(dir string) (restore func()) {
	var undo []func()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} { // Unix has the first, Windows the others
		if old, ok := os.LookupEnv(name); ok {
			undo = append(undo, func() { os.Setenv(name, old) })
		} else {
			undo = append(undo, func() { os.Unsetenv(name) })
		}
		os.Setenv(name, dir)
	}
	return func() {
		for _, f := range undo {
			f()
		}
	}
}

func (w *work) close() {
	w.restore()
	build.RemoveAll(filepath.Join(w.Path, "tmp")) // a module cache in it is read-only
	w.Close()
}
