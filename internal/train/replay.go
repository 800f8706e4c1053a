package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/opto-go/trace/internal/source"
	"github.com/opto-go/trace/internal/train/journal"
	"github.com/opto-go/trace/internal/ui"
)

// Replay repeats a recorded run with the recorded answers, as a run of its
// own. Of opt it takes what does not decide about the outcome. It fails when
// the diff or a result differs.
func Replay(ctx context.Context, opt Options, run *journal.Run) error {
	h := run.Settings()
	if err := refuseOldSpread(run); err != nil {
		return err
	}
	if err := opt.agreeScoreCmd(h.Flags.ScoreCmd); err != nil {
		return err
	}
	opt.settle(h)
	if h.Flags.Bench == "" && h.Flags.ScoreCmd == "" && !noisyRun(run) && opt.Recorded {
		return ui.Errorf("run %s holds no measurements: it had no benchmark to improve, no command that judges, and no scores that vary", filepath.Base(run.Dir)).
			WithHint("leave -recorded out: tests are run again in any case")
	}
	opt.Env = append(append([]string{}, h.Flags.Env...), opt.Env...)
	opt.Apply = false
	opt.replay = run
	opt.Model = "none"
	if h.Model != "none" && h.Model != "" {
		opt.Model = "replay:" + filepath.Base(run.Dir)
	}
	if run.Baseline == nil {
		return ui.Failf("%s holds no baseline: the run ended before it measured anything", run.Dir)
	}
	if run.End != nil {
		run.KeepCasesOf(run.End.Best) // the others are not compared
	}
	root, err := findRoot(opt.Dir, h)
	if err != nil {
		return err
	}
	opt.Dir = startDir(root, h)
	if err := unchanged(root, h); err != nil {
		return err
	}

	var diff strings.Builder
	stdout := opt.Stdout
	opt.Stdout = io.MultiWriter(stdout, &diff)
	s, err := train(ctx, &opt)
	if s == nil {
		return err
	}
	defer s.close()
	if err != nil {
		return err
	}
	if msg := s.differs(run, diff.String()); msg != "" {
		return ui.Failf("the replay differs from run %s: %s", filepath.Base(run.Dir), msg)
	}
	if !endedByItself(run) {
		s.ui.say("run %s was stopped before its end; so far the replay gives the same results", filepath.Base(run.Dir))
		return nil
	}
	s.ui.say("the replay gives the same diff and results as run %s", filepath.Base(run.Dir))
	return nil
}

// endedByItself reports whether a run came to the end that its flags and
// answers lead to. Where something stopped it, a replay may well come further.
func endedByItself(run *journal.Run) bool { return run.End != nil && run.End.Final() }

// differs compares this run with the recorded one.
func (s *session) differs(run *journal.Run, diff string) string {
	again, err := journal.Open(s.log.Dir())
	if err != nil {
		return err.Error()
	}
	if msg := differentCases("baseline", steady(run, run.Baseline.Cases), again.Baseline.Cases); msg != "" {
		return msg
	}
	if !endedByItself(run) {
		return ""
	}
	recorded := ""
	if run.End.Diff != "" {
		data, err := run.Blob(run.End.Diff)
		if err != nil {
			return err.Error()
		}
		recorded = string(data)
	}
	if recorded != diff {
		return "the diff is another one"
	}
	return differentCases("winner", steady(run, run.CasesOf(run.End.Best)), again.CasesOf(again.End.Best))
}

// steady leaves out the cases that did not count in run.
func steady(run *journal.Run, cases []journal.Case) []journal.Case {
	return slices.DeleteFunc(slices.Clone(cases), func(c journal.Case) bool {
		return c.New || slices.ContainsFunc(run.Baseline.Flaky, func(f journal.Flaky) bool { return f.Case == c.Name })
	})
}

func differentCases(what string, a, b []journal.Case) string {
	results := map[string]string{}
	for _, c := range b {
		results[c.Name] = c.Result
	}
	for _, c := range a {
		if got, ok := results[c.Name]; !ok {
			return fmt.Sprintf("%s: case %s did not run", what, c.Name)
		} else if got != c.Result {
			return fmt.Sprintf("%s: case %s: %s, recorded %s", what, c.Name, got, c.Result)
		}
	}
	return ""
}

// moduleRoot finds the directory of module path at or above dir.
func moduleRoot(dir, path string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", ui.Errorf("%w", err)
	}
	for d := abs; ; {
		data, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil && modfile.ModulePath(data) == path {
			return filepath.EvalSymlinks(d)
		}
		up := filepath.Dir(d)
		if up == d {
			return "", ui.Errorf("%s is not in module %s, which the run trained", abs, path).
				WithHint("run it there, or name the directory with -C")
		}
		d = up
	}
}

// unchanged compares the files of the run with those on disk.
func unchanged(root string, h journal.Header) error {
	for _, name := range sortedKeys(h.Files) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return ui.Errorf("the journal names a file outside of the module: %s", name)
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			return ui.Failf("%s does not exist any more", name).WithHint("the run can be replayed only on the source that it trained")
		}
		if err != nil {
			return err
		}
		if journal.Sum(data) != h.Files[name] {
			return ui.Failf("%s changed since the run", name).WithHint("the run can be replayed only on the source that it trained; bring that back first")
		}
	}
	return nil
}

// Diff prints the diff of a run.
func Diff(w io.Writer, run *journal.Run) error {
	if run.End == nil {
		return ui.Failf("run %s was killed before its end", filepath.Base(run.Dir)).WithHint("tracetrain resume %s goes on with it", filepath.Base(run.Dir))
	}
	if run.End.Diff == "" {
		return nil
	}
	data, err := run.Blob(run.End.Diff)
	if err != nil {
		return ui.Errorf("%w", err)
	}
	_, err = w.Write(data)
	return err
}

// Apply writes the result of a run into the module or workspace at or above dir. It refuses
// when a file is not what it was when the run began.
func Apply(dir string, run *journal.Run, stderr io.Writer) error {
	if run.End == nil {
		return Diff(io.Discard, run)
	}
	if run.End.Files == "" {
		return ui.Failf("run %s found nothing better", filepath.Base(run.Dir))
	}
	root, err := findRoot(dir, run.Header)
	if err != nil {
		return err
	}
	// An apply that was killed half-way is undone first: afterwards the files
	// are all what they were, or all what the run found.
	var restored []string
	for _, dir := range moduleDirs(root, run.Header.Modules) {
		list, err := source.Recover(dir)
		if err != nil {
			return ui.Errorf("%w", err)
		}
		restored = append(restored, list...)
	}
	if len(restored) > 0 {
		ui.Note(stderr, Name, "an earlier apply was cut off: put back %s", plural(len(restored), "file"))
	}
	contents, sums, err := resultOf(run)
	if err != nil {
		return err
	}
	files, want := map[string][]byte{}, map[string][32]byte{}
	same := true
	for name, content := range contents {
		abs := filepath.Join(root, filepath.FromSlash(name))
		files[abs], want[abs] = []byte(content), sums[name]
		now, err := os.ReadFile(abs)
		same = same && err == nil && string(now) == content
	}
	if same {
		ui.Note(stderr, Name, "run %s is applied already", filepath.Base(run.Dir))
		return nil
	}
	if err := writeTree(files, want); err != nil {
		return err
	}
	ui.Note(stderr, Name, "applied to %s", plural(len(files), "file"))
	return nil
}

// resultOf returns the files that a run changes, by names relative to the module
// root, and the sums of what they were.
func resultOf(run *journal.Run) (contents map[string]string, sums map[string][32]byte, err error) {
	data, err := run.Blob(run.End.Files)
	if err != nil {
		return nil, nil, ui.Errorf("%w", err)
	}
	if err := json.Unmarshal(data, &contents); err != nil {
		return nil, nil, ui.Errorf("the result of the run cannot be read: %w", err)
	}
	sums = map[string][32]byte{}
	for _, name := range sortedKeys(contents) {
		raw, err := hex.DecodeString(string(run.Header.Files[name]))
		if err != nil || len(raw) != sha256.Size || !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, nil, ui.Errorf("the journal does not say what %s was", name)
		}
		sums[name] = [32]byte(raw)
	}
	return contents, sums, nil
}

// environ is the environment of this process.
func environ() []string { return os.Environ() }
