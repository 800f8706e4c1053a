package train

import (
	"context"
	"crypto/sha256"
	"io"
	"path/filepath"

	"github.com/opto-go/trace/internal/gitbranch"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/train/report"
	"github.com/opto-go/trace/internal/ui"
)

// checkBranch refuses, before anything is paid for, a branch that could not be
// made at the end.
func (s *session) checkBranch(ctx context.Context) error {
	if s.opt.Branch == "" {
		return nil
	}
	sums := map[string][32]byte{}
	for _, p := range s.base.params {
		sums[relName(s.root, p.File)] = sha256.Sum256(s.originals[p.File])
	}
	place, err := openPlace(ctx, s.root, s.modules, s.opt.Environ)
	if err != nil {
		return err
	}
	return place.repo.Check(ctx, s.opt.Branch, place.files(sums, nil))
}

// A branchPlace is the repository of the modules of a run.
type branchPlace struct {
	repo *gitbranch.Repo
	dir  string // names of files are relative to it there
	root string // and to this here
}

// openPlace finds the one repository that has all modules. The directory of a
// go.work may lie above it.
func openPlace(ctx context.Context, root string, modules map[string]string, environ []string) (*branchPlace, error) {
	p := &branchPlace{dir: root, root: root}
	if len(modules) > 0 {
		top, err := gitbranch.Top(ctx, moduleDirs(root, modules), environ)
		if err != nil {
			return nil, err
		}
		p.dir = top
	}
	var err error
	p.repo, err = gitbranch.Open(ctx, p.dir, environ)
	return p, err
}

func (p *branchPlace) files(sums map[string][32]byte, contents map[string]string) []gitbranch.File {
	var files []gitbranch.File
	for _, name := range sortedKeys(sums) {
		there := relName(p.dir, filepath.Join(p.root, filepath.FromSlash(name)))
		files = append(files, gitbranch.File{Name: there, Sum: sums[name], Data: []byte(contents[name])})
	}
	return files
}

// ApplyBranch commits the result of a run on a new branch in the module or
// workspace at or above dir. The working tree stays as it is.
func ApplyBranch(ctx context.Context, dir, branch string, environ []string, run *journal.Run, stderr io.Writer) error {
	if run.End == nil {
		return Diff(io.Discard, run)
	}
	id := filepath.Base(run.Dir)
	if run.End.Files == "" {
		return ui.Failf("run %s found nothing better, so there is no branch to make", id)
	}
	root, err := findRoot(dir, run.Header)
	if err != nil {
		return err
	}
	contents, sums, err := resultOf(run)
	if err != nil {
		return err
	}
	r, err := report.New(run)
	if err != nil {
		return ui.Errorf("%w", err)
	}
	place, err := openPlace(ctx, root, run.Header.Modules, environ)
	if err != nil {
		return err
	}
	hash, own, err := place.repo.Commit(ctx, branch, r.CommitMessage(), place.files(sums, contents))
	if err != nil {
		return err
	}
	if own {
		ui.Note(stderr, Name, "git knows no name for the commit, so tracetrain stands in it")
		ui.Hint(stderr, Name, "git config user.name and user.email set one")
	}
	ui.Note(stderr, Name, "committed %s as %s on branch %s", plural(len(contents), "file"), hash, branch)
	return nil
}

// commitBranch makes the branch of -branch from what the journal has, also when
// the time of the run is over.
func (s *session) commitBranch(ctx context.Context) error {
	run, err := journal.Open(s.log.Dir())
	if err != nil {
		return ui.Errorf("%w", err)
	}
	return ApplyBranch(context.WithoutCancel(ctx), s.root, s.opt.Branch, s.opt.Environ, run, s.opt.Stderr)
}
