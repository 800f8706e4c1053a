package stub

import (
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/sys/unix"
)

// root makes a root directory that has only what the plan names, and enters it.
func (s *stub) root() {
	s.must("keeping mounts to itself", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	base := s.Home // a directory that exists and that nobody needs meanwhile
	s.must("mounting a root", unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=8m,nr_inodes=8k,mode=755"))
	for _, list := range [][]string{s.Read, s.Exec, s.Dev} {
		for _, path := range list {
			s.bind(base, path, true)
		}
	}
	var hidden []string
	for _, path := range s.Hide {
		if s.hide(base + path) {
			hidden = append(hidden, base+path)
		}
	}
	s.bind(base, s.Path, true)
	for _, path := range s.Write {
		s.bind(base, path, false)
	}
	names := make([]string, 0, len(s.Files))
	for name := range s.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		s.dirs(base + filepath.Dir(name))
		s.must("writing "+name, os.WriteFile(base+name, []byte(s.Files[name]), 0o644))
	}
	s.home(base)
	s.dirs(base + s.Dir)
	if s.Proc {
		s.dirs(base + "/proc")
		s.must("mounting /proc", unix.Mount("proc", base+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "subset=pid"))
	}
	if _, err := os.Lstat(base + "/tmp"); err != nil {
		s.must("making /tmp", os.Symlink(filepath.Join(s.Home, "tmp"), base+"/tmp"))
	}
	for _, path := range append(hidden, base) {
		s.must("making "+path+" read-only", readOnly(path, false))
	}

	s.must("changing to the root", unix.Chdir(base))
	s.must("entering the root", unix.PivotRoot(".", "."))
	s.must("leaving the old root", unix.Unmount(".", unix.MNT_DETACH))
	s.must("naming the machine", unix.Sethostname([]byte("localhost")))
}

// home mounts a directory in memory where the program's own directory is.
func (s *stub) home(base string) {
	dir := base + s.Home
	s.dirs(dir)
	size := "size=" + itoa(s.HomeSize) + ",nr_inodes=" + itoa(s.HomeFiles) + ",mode=700"
	if s.UID != 0 {
		size += ",uid=" + itoa(int64(s.UID)) + ",gid=" + itoa(int64(s.UID))
	}
	s.must("mounting a home", unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, size))
	s.must("making a temporary directory", os.Mkdir(dir+"/tmp", 0o700))
	s.own(dir + "/tmp")
}

// ownHome gives the program's own directory to it.
func (s *stub) ownHome() {
	s.own(s.Home)
	s.own(filepath.Join(s.Home, "tmp"))
	for _, dir := range s.Write {
		s.own(dir)
	}
}

func (s *stub) own(path string) {
	if s.UID != 0 {
		s.must("giving away "+path, unix.Lchown(path, s.UID, s.UID))
	}
}

// bind shows a file or directory in the new root, under the same name. What has
// gone meanwhile is left out.
func (s *stub) bind(base, path string, ro bool) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	if err == unix.ENOENT {
		return
	}
	s.must("looking at "+path, err)
	at := base + path
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		s.dirs(at)
	} else {
		s.dirs(filepath.Dir(at))
		f, err := os.OpenFile(at, os.O_CREATE|os.O_RDONLY, 0o644)
		s.must("making "+path, err)
		f.Close()
	}
	s.must("showing "+path, unix.Mount(path, at, "", unix.MS_BIND|unix.MS_REC, ""))
	if st.Mode&unix.S_IFMT == unix.S_IFCHR {
		return // a device is nothing that could be changed
	}
	if ro {
		s.must("making "+path+" read-only", readOnly(at, true))
	}
	if !ro {
		s.own(path)
	}
}

// hide covers a file or directory with nothing.
func (s *stub) hide(path string) (dir bool) {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return false
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		s.must("hiding "+path, unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=8m,nr_inodes=1k,mode=755"))
		return true
	case unix.S_IFLNK:
		return false // what it points to is there only if it was asked for
	}
	s.must("hiding "+path, unix.Mount("/dev/null", path, "", unix.MS_BIND, ""))
	return false
}

// dirs makes a directory and those above it.
func (s *stub) dirs(path string) {
	s.must("making "+path, os.MkdirAll(path, 0o755))
}

// readOnly makes a mount read-only, with those below it if all is set.
func readOnly(path string, all bool) error {
	flags := uint(0)
	if all {
		flags = unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(unix.AT_FDCWD, path, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID})
	if err != unix.ENOSYS {
		return err
	}
	// Before Linux 5.12. The flags that it has must be named, or it is refused.
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return err
	}
	keep := uintptr(st.Flags) & (unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME)
	return unix.Mount("", path, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|keep, "")
}
