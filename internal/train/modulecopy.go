package train

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// copyModule copies the module at root to dir, with files in place of its own.
// What version control keeps is left out, and the directories in without, which
// the module may lie around. A link that leads out of the module
// leads to the same place as before.
func copyModule(root, dir string, files map[string][]byte, without ...string) error {
	var leave []os.FileInfo
	for _, name := range without {
		if st, err := os.Stat(name); err == nil {
			leave = append(leave, st)
		}
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went away meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, rel)
		switch base := d.Name(); {
		case d.IsDir() && rel != "." && (base == ".git" || base == ".hg" || base == ".svn" || base == ".bzr"):
			return filepath.SkipDir
		case d.IsDir() && slices.ContainsFunc(leave, func(st os.FileInfo) bool { return sameDir(d, st) }):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o777)
		case d.Type()&fs.ModeSymlink != 0:
			return copyLink(root, name, rel, to)
		case !d.Type().IsRegular():
			return nil // a socket or the like is no part of a module
		}
		if src, ok := files[name]; ok {
			return os.WriteFile(to, src, 0o666)
		}
		return copyFile(name, to)
	})
}

func sameDir(d fs.DirEntry, st os.FileInfo) bool {
	info, err := d.Info()
	return err == nil && os.SameFile(info, st)
}

func copyLink(root, name, rel, to string) error {
	target, err := os.Readlink(name)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) && !filepath.IsLocal(filepath.Join(filepath.Dir(rel), target)) {
		target = filepath.Join(root, filepath.Dir(rel), target)
	}
	return os.Symlink(target, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, st.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
