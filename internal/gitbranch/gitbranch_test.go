package gitbranch

import (
	"context"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/ui"
)

// A place is a repository of a test.
type place struct {
	t       *testing.T
	top     string
	environ []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	p := &place{t: t, top: t.TempDir()}
	p.environ = []string{
		"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "HOME=" + t.TempDir(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_OPTIONAL_LOCKS=0", "GIT_CONFIG_GLOBAL=" + os.DevNull,
	}
	p.git("init", "-q", "-b", "main")
	p.git("config", "user.name", "Somebody")
	p.git("config", "user.email", "somebody@example.com")
	return p
}

func (p *place) run(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = p.top, p.environ
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p *place) git(args ...string) string {
	p.t.Helper()
	out, err := p.run(args...)
	if err != nil {
		p.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (p *place) write(name, data string) {
	p.t.Helper()
	path := filepath.Join(p.top, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) commitAll() {
	p.t.Helper()
	p.git("add", "-A")
	p.git("commit", "-q", "-m", "first")
}

// standing is all that must stay as it is.
func (p *place) standing() map[string]string {
	p.t.Helper()
	m := map[string]string{}
	for _, args := range [][]string{{"status", "--porcelain=v2", "--branch", "--ignored"}, {"symbolic-ref", "HEAD"}, {"ls-files", "--stage"}, {"stash", "list"}, {"reflog", "show"}} {
		m[args[0]], _ = p.run(args...)
	}
	err := filepath.WalkDir(p.top, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(p.top, path)
		if strings.HasPrefix(rel, ".git"+string(filepath.Separator)) && rel != filepath.Join(".git", "HEAD") {
			return nil
		}
		data, err := os.ReadFile(path)
		m[rel] = string(data)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func file(name, was, data string) File {
	return File{Name: name, Sum: sha256.Sum256([]byte(was)), Data: []byte(data)}
}

// commit commits files of the directory dir and checks that nothing else
// changed.
func (p *place) commit(dir, branch string, files ...File) error {
	p.t.Helper()
	before := p.standing()
	repo, err := Open(context.Background(), filepath.Join(p.top, filepath.FromSlash(dir)), p.environ)
	if err == nil {
		err = repo.Check(context.Background(), branch, files)
		_, _, again := repo.Commit(context.Background(), branch, "subject\n\nthe body\n", files)
		if (err == nil) != (again == nil) {
			p.t.Errorf("the check says %v, and committing %v", err, again)
		}
	}
	if d := cmp.Diff(before, p.standing()); d != "" {
		p.t.Errorf("more changed than a branch:\n%s", d)
	}
	return err
}

func (p *place) want(branch, path, content string) {
	p.t.Helper()
	if got := p.git("cat-file", "blob", branch+":"+path); got != content {
		p.t.Errorf("%s holds %q, want %q", path, got, content)
	}
}

func TestCommit(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(p *place) error
	}{
		{"one file, of which only that changes", func(p *place) error {
			p.write("a.go", "old\n")
			p.write("b.go", "b\n")
			p.git("add", "a.go")
			p.git("update-index", "--chmod=+x", "a.go")
			p.commitAll()
			p.git("update-index", "--chmod=+x", "a.go")
			p.git("commit", "-q", "--amend", "--no-edit", "--allow-empty")
			defer func() {
				p.want("new", "a.go", "new\n")
				p.want("new", "b.go", "b\n")
				if got := p.git("diff", "--stat", "--summary", "main", "new"); !strings.Contains(got, "1 file changed") || strings.Contains(got, "mode change") {
					p.t.Error(got)
				}
				if got := p.git("log", "-1", "--format=%an|%s|%b|%P", "new"); got != "Somebody|subject|the body\n|"+p.git("rev-parse", "main") {
					p.t.Error(got)
				}
			}()
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"a subdirectory, odd names", func(p *place) error {
			p.write("sub dir/ü [x]*.go", "old\n")
			p.write("sub dir/ü x.go", "other\n")
			p.commitAll()
			defer p.want("a/b", "sub dir/ü [x]*.go", "new\n")
			return p.commit("sub dir", "a/b", file("ü [x]*.go", "old\n", "new\n"))
		}},
		{"a dirty tree and index", func(p *place) error {
			p.write("a.go", "old\n")
			p.write("b.go", "b\n")
			p.write("c.go", "c\n")
			p.commitAll()
			p.write("b.go", "not committed\n")
			p.write("c.go", "staged\n")
			p.git("add", "c.go")
			p.write("d.go", "not tracked\n")
			defer func() {
				p.want("new", "a.go", "new\n")
				p.want("new", "b.go", "b\n")
				p.want("new", "c.go", "c\n")
			}()
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"a worktree of its own", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			other := filepath.Join(p.t.TempDir(), "other")
			p.git("worktree", "add", "-q", "-b", "there", other)
			there := &place{t: p.t, top: other, environ: p.environ}
			there.write("a.go", "second\n")
			there.commitAll()
			defer there.want("new", "a.go", "new\n")
			return there.commit("", "new", file("a.go", "second\n", "new\n"))
		}},
		{"a detached HEAD", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			p.git("checkout", "-q", "--detach")
			defer p.want("new", "a.go", "new\n")
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"no name", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			p.git("config", "--unset", "user.name")
			p.git("config", "--unset", "user.email")
			p.git("config", "user.useConfigOnly", "true")
			defer func() {
				if got := p.git("log", "-1", "--format=%an %cn", "new"); got != "tracetrain tracetrain\n" {
					p.t.Error(got)
				}
			}()
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"line endings are converted", func(p *place) error {
			p.git("config", "core.autocrlf", "true")
			p.write("a.go", "old\r\n")
			p.commitAll()
			p.want("main", "a.go", "old\n")
			defer p.want("new", "a.go", "new\n")
			return p.commit("", "new", file("a.go", "old\r\n", "new\r\n"))
		}},
		{"line endings by attribute", func(p *place) error {
			p.write(".gitattributes", "*.go text eol=crlf\n")
			p.write("a.go", "old\r\n")
			p.commitAll()
			p.want("main", "a.go", "old\n")
			defer p.want("new", "a.go", "new\n")
			return p.commit("", "new", file("a.go", "old\r\n", "new\r\n"))
		}},
		{"line endings are committed as they are", func(p *place) error {
			p.write("a.go", "old\r\n")
			p.commitAll()
			p.git("config", "core.autocrlf", "true")
			defer p.want("new", "a.go", "new\r\n")
			return p.commit("", "new", file("a.go", "old\r\n", "new\r\n"))
		}},
		{"hooks do not run", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			for _, hook := range []string{"pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change"} {
				name := filepath.Join(p.top, ".git", "hooks", hook)
				os.MkdirAll(filepath.Dir(name), 0o777)
				if err := os.WriteFile(name, []byte("#!/bin/sh\ntouch hook-ran\nexit 1\n"), 0o777); err != nil {
					p.t.Fatal(err)
				}
			}
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"from a hook, with an index of its own", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			p.environ = append(p.environ, "GIT_INDEX_FILE="+filepath.Join(p.top, ".git", "index"))
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.do(newPlace(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want, hint string
		do               func(p *place) error
	}{
		{"an existing branch", "the branch new exists already", "git branch -D new", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			p.git("branch", "new")
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"the current branch", "the branch main exists already", "", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			return p.commit("", "main", file("a.go", "old\n", "new\n"))
		}},
		{"no name of a branch", "that is no name", "such as", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			return p.commit("", "a..b", file("a.go", "old\n", "new\n"))
		}},
		{"a flag as a name", "that is no name", "", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			return p.commit("", "-D", file("a.go", "old\n", "new\n"))
		}},
		{"no commit", "no commit yet", "commit what there is", func(p *place) error {
			p.write("a.go", "old\n")
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"a file that is not committed", "a.go is not in the last commit", "commit it first", func(p *place) error {
			p.write("b.go", "b\n")
			p.commitAll()
			p.write("a.go", "old\n")
			return p.commit("", "new", file("a.go", "old\n", "new\n"))
		}},
		{"a file with changes", "a.go is not what the last commit has", "commit or stash", func(p *place) error {
			p.write("a.go", "old\n")
			p.commitAll()
			p.write("a.go", "changed\n")
			return p.commit("", "new", file("a.go", "changed\n", "new\n"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			err := c.do(p)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			if e, ok := err.(*ui.Error); !ok || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("hint of %#v, want %s", err, c.hint)
			}
		})
	}
}

func TestNoRepository(t *testing.T) {
	p := newPlace(t)
	environ := append(p.environ, "GIT_CEILING_DIRECTORIES="+filepath.Dir(p.top))
	if _, err := Open(context.Background(), t.TempDir(), environ); err == nil || !strings.Contains(err.Error(), "is in no git repository") {
		t.Error(err)
	}
	if _, err := Open(context.Background(), filepath.Join(p.top, ".git"), p.environ); err == nil || !strings.Contains(err.Error(), "without a working tree") {
		t.Error(err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(context.Background(), p.top, p.environ); err == nil || !strings.Contains(err.Error(), "needs git") {
		t.Error(err)
	}
}
