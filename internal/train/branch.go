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
	root := s.base.prog.ModRoot
	sums := map[string][32]byte{}
	for _, p := range s.base.params {
		sums[relName(root, p.File)] = sha256.Sum256(s.originals[p.File])
	}
	repo, err := gitbranch.Open(ctx, root, s.opt.Environ)
	if err != nil {
		return err
	}
	return repo.Check(ctx, s.opt.Branch, branchFiles(sums, nil))
}

func branchFiles(sums map[string][32]byte, contents map[string]string) []gitbranch.File {
	var files []gitbranch.File
	for _, name := range sortedKeys(sums) {
		files = append(files, gitbranch.File{Name: name, Sum: sums[name], Data: []byte(contents[name])})
	}
	return files
}

// ApplyBranch commits the result of a run on a new branch in the module at or
// above dir. The working tree stays as it is.
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
	repo, err := gitbranch.Open(ctx, root, environ)
	if err != nil {
		return err
	}
	hash, own, err := repo.Commit(ctx, branch, r.CommitMessage(), branchFiles(sums, contents))
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
	return ApplyBranch(context.WithoutCancel(ctx), s.base.prog.ModRoot, s.opt.Branch, s.opt.Environ, run, s.opt.Stderr)
}
