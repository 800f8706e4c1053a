// Package gitbranch commits new contents of files on a new branch, and leaves
// everything else in a repository alone: HEAD, the index and the working tree
// stay as they are, and no hook runs.
//
// The commit is made from HEAD with the plumbing of git and an index of its own.
// What a file was before is compared with HEAD, not with the working tree, so
// changes that are not committed matter only where they are in those files.
package gitbranch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/opto-go/trace/internal/ui"
)

// A Repo is the repository around a directory.
type Repo struct {
	dir     string
	prefix  string // of dir from the top of the working tree, with a slash at its end, or empty
	environ []string
}

// Open finds the repository around dir.
func Open(ctx context.Context, dir string, environ []string) (*Repo, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, ui.Failf("a branch needs git: %w", err).WithHint("install git, or apply the result to the tree")
	}
	r := &Repo{dir: dir, environ: append(environ[:len(environ):len(environ)],
		"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")}
	out, err := r.git(ctx, nil, "rev-parse", "--is-inside-work-tree", "--show-prefix")
	if err != nil {
		return nil, ui.Failf("%s is in no git repository: %w", dir, err).WithHint("a branch needs one: git init, and commit; or apply the result to the tree")
	}
	inside, prefix, _ := strings.Cut(strings.TrimSuffix(string(out), "\n"), "\n")
	if inside != "true" {
		return nil, ui.Failf("%s is in a git repository without a working tree", dir)
	}
	r.prefix = prefix
	return r, nil
}

// Top is the top directory of the working tree that all of dirs are in.
func Top(ctx context.Context, dirs []string, environ []string) (string, error) {
	top := ""
	for _, dir := range dirs {
		r, err := Open(ctx, dir, environ)
		if err != nil {
			return "", err
		}
		out, err := r.git(ctx, nil, "rev-parse", "--show-toplevel")
		if err != nil {
			return "", ui.Failf("%w", err)
		}
		here := filepath.FromSlash(strings.TrimSuffix(string(out), "\n"))
		if top != "" && here != top {
			return "", ui.Failf("%s and %s are in different git repositories, and a branch is in one", dirs[0], dir).
				WithHint("train the modules of one repository at a time, or leave -branch out: tracetrain apply writes into both trees")
		}
		top = here
	}
	return top, nil
}

// A File is what a file was and, for a commit, what it is to be. Its name is
// relative to the directory of the repo, with slashes.
type File struct {
	Name string
	Sum  [sha256.Size]byte // of what it was
	Data []byte
}

// A tracked file is one that HEAD has.
type tracked struct {
	path   string // from the top of the working tree
	mode   string
	filter bool // what is in the working tree is converted, as line endings are
}

// Check reports whether Commit would work: the branch can be made, and HEAD has
// the files as they were.
func (r *Repo) Check(ctx context.Context, branch string, files []File) error {
	_, _, err := r.check(ctx, branch, files)
	return err
}

func (r *Repo) check(ctx context.Context, branch string, files []File) (head string, list []tracked, err error) {
	if _, err := r.git(ctx, nil, "check-ref-format", "refs/heads/"+branch); err != nil || strings.HasPrefix(branch, "-") || branch == "HEAD" {
		return "", nil, ui.Errorf("-branch %s: that is no name of a branch", branch).WithHint("such as trace/limit")
	}
	out, err := r.git(ctx, nil, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return "", nil, ui.Failf("the repository has no commit yet, and a branch begins with one").WithHint("commit what there is first")
	}
	head = strings.TrimSpace(string(out))
	if _, err := r.git(ctx, nil, "show-ref", "--verify", "--quiet", "refs/heads/"+branch); err == nil {
		return "", nil, exists(branch)
	}
	for _, f := range files {
		t, err := r.tracked(ctx, head, f)
		if err != nil {
			return "", nil, err
		}
		list = append(list, t)
	}
	return head, list, nil
}

func exists(branch string) error {
	return ui.Failf("the branch %s exists already, and stays as it is", branch).
		WithHint("choose another name, or delete it: git branch -D %s", branch)
}

// tracked finds a file in HEAD and compares it with what it was.
func (r *Repo) tracked(ctx context.Context, head string, f File) (tracked, error) {
	t := tracked{path: path.Clean(r.prefix + f.Name)}
	out, err := r.git(ctx, nil, "ls-tree", "-z", "--full-tree", head, "--", t.path)
	if err != nil {
		return t, ui.Failf("%w", err)
	}
	entry, name, _ := strings.Cut(strings.TrimSuffix(string(out), "\x00"), "\t")
	fields := strings.Fields(entry)
	if len(fields) != 3 || name != t.path || fields[1] != "blob" {
		return t, ui.Failf("%s is not in the last commit, and a branch begins with that", f.Name).WithHint("commit it first")
	}
	if t.mode = fields[0]; t.mode != "100644" && t.mode != "100755" {
		return t, ui.Failf("%s is no regular file in the last commit", f.Name)
	}
	raw, err := r.git(ctx, nil, "cat-file", "blob", fields[2])
	if err != nil {
		return t, ui.Failf("%w", err)
	}
	if sha256.Sum256(raw) == f.Sum {
		return t, nil
	}
	converted, err := r.git(ctx, nil, "cat-file", "--filters", "--path="+t.path, fields[2])
	if err != nil {
		return t, ui.Failf("%w", err)
	}
	if sha256.Sum256(converted) != f.Sum {
		return t, ui.Failf("%s is not what the last commit has, and a branch begins with that", f.Name).
			WithHint("commit or stash the changes of that file, then train again")
	}
	t.filter = true
	return t, nil
}

// Commit makes the branch with one commit upon HEAD, in which files are new,
// and returns its abbreviated hash. Own tells that git knew no name to put there,
// so that the tool's stands in it.
func (r *Repo) Commit(ctx context.Context, branch, message string, files []File) (hash string, own bool, err error) {
	head, list, err := r.check(ctx, branch, files)
	if err != nil {
		return "", false, err
	}
	hash, own, err = r.commit(ctx, head, message, list, files)
	if err != nil {
		return "", false, ui.Failf("the commit could not be made: %w", err)
	}
	// An empty old value: the branch must not exist.
	if _, err := r.git(ctx, nil, "update-ref", "--create-reflog", "-m", "branch: made by tracetrain", "refs/heads/"+branch, hash, ""); err != nil {
		if _, now := r.git(ctx, nil, "show-ref", "--verify", "--quiet", "refs/heads/"+branch); now == nil {
			return "", false, exists(branch)
		}
		return "", false, ui.Failf("the branch %s could not be made: %w", branch, err)
	}
	if out, err := r.git(ctx, nil, "rev-parse", "--short", hash); err == nil {
		hash = strings.TrimSpace(string(out))
	}
	return hash, own, nil
}

func (r *Repo) commit(ctx context.Context, head, message string, list []tracked, files []File) (hash string, own bool, err error) {
	tmp, err := os.MkdirTemp("", "tracetrain-index-")
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(tmp)
	x := *r
	x.environ = append(r.environ[:len(r.environ):len(r.environ)], "GIT_INDEX_FILE="+filepath.Join(tmp, "index"))
	if _, err := x.git(ctx, nil, "read-tree", head); err != nil {
		return "", false, err
	}
	var info bytes.Buffer
	for i, t := range list {
		how := "--no-filters"
		if t.filter {
			how = "--path=" + t.path
		}
		blob, err := x.git(ctx, files[i].Data, "hash-object", "-w", "-t", "blob", how, "--stdin")
		if err != nil {
			return "", false, err
		}
		fmt.Fprintf(&info, "%s %s\t%s\x00", t.mode, bytes.TrimSpace(blob), t.path)
	}
	if _, err := x.git(ctx, info.Bytes(), "update-index", "-z", "--index-info"); err != nil {
		return "", false, err
	}
	tree, err := x.git(ctx, nil, "write-tree")
	if err != nil {
		return "", false, err
	}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		if _, err := x.git(ctx, nil, "var", "GIT_"+who+"_IDENT"); err != nil {
			own = true
			x.environ = append(x.environ, "GIT_"+who+"_NAME=tracetrain", "GIT_"+who+"_EMAIL=tracetrain@localhost")
		}
	}
	out, err := x.git(ctx, []byte(message), "commit-tree", string(bytes.TrimSpace(tree)), "-p", head, "-F", "-")
	return strings.TrimSpace(string(out)), own, err
}

// git runs a command of git that reads stdin and changes nothing but what its
// arguments say.
func (r *Repo) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"--literal-pathspecs",
		"-c", "core.hooksPath=" + os.DevNull, // also those of refs
		"-c", "core.fsmonitor=false", "-c", "core.splitIndex=false", "-c", "i18n.commitEncoding=UTF-8",
	}, args...)...)
	cmd.Dir, cmd.Env = r.dir, r.environ
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			text, _, _ = strings.Cut(text, "\n")
			return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(text, "fatal: "))
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) || errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("git %s: %w", args[0], err)
		}
		return nil, err
	}
	return stdout.Bytes(), nil
}
