package launch

import (
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// root makes a root directory that has only what the plan names, and enters it.
func (c *child) root() {
	c.made = map[string]bool{}
	umask := c.do("setting the mask of modes", unix.SYS_UMASK, 0o022)
	c.mount("keeping mounts to itself", "", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	base := c.Home // a directory that exists and that nobody needs meanwhile
	c.made[base] = true
	c.mount("mounting a root", "tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=8m,nr_inodes=8k,mode=755")
	for _, list := range [][]string{c.Read, c.Exec, c.Dev} {
		for _, path := range list {
			c.bind(base, path, true)
		}
	}
	var hidden []string
	for _, path := range c.Hide {
		if c.hide(path, base+path) {
			hidden = append(hidden, base+path)
		}
	}
	c.bind(base, c.Path, true)
	for _, path := range c.Write {
		c.bind(base, path, false)
	}
	names := make([]string, 0, len(c.Files))
	for name := range c.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.dirs(base, filepath.Dir(name))
		text := c.Files[name]
		what := "writing " + name
		c.open(what, base+name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC).gives(1, 0).gives(2, 0)
		c.do(what, unix.SYS_WRITE, 0, c.text(text), uintptr(len(text))).wants(uintptr(len(text)))
		c.do(what, unix.SYS_CLOSE, 0) // or the root is busy
	}
	c.home(base)
	c.dirs(base, c.Dir)
	if c.Proc {
		c.dirs(base, "/proc")
		c.mount("mounting /proc", "proc", base+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "subset=pid")
	}
	c.do("making /tmp", unix.SYS_SYMLINKAT, c.text(filepath.Join(c.Home, "tmp")), workingDir, c.text(base+"/tmp")).or(unix.EEXIST, 0)
	for _, path := range hidden {
		c.readOnly(path, path, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, 0).or(unix.ENOENT, 0)
	}
	c.readOnly(base, base, unix.MS_NOSUID|unix.MS_NODEV, 0)

	c.do("changing to the root", unix.SYS_CHDIR, c.text(base))
	here := c.text(".")
	c.do("entering the root", unix.SYS_PIVOT_ROOT, here, here)
	c.do("leaving the old root", unix.SYS_UMOUNT2, here, unix.MNT_DETACH)
	const name = "localhost"
	c.do("naming the machine", unix.SYS_SETHOSTNAME, c.text(name), uintptr(len(name)))
	umask.gives(c.do("setting the mask of modes", unix.SYS_UMASK, 0).i-umask.i, 0)
}

// home mounts a directory in memory where the program's own directory is.
func (c *child) home(base string) {
	dir := base + c.Home
	c.dirs(base, c.Home)
	size := "size=" + strconv.FormatInt(c.HomeSize, 10) + ",nr_inodes=" + strconv.FormatInt(c.HomeFiles, 10) + ",mode=700"
	if c.UID != 0 {
		id := strconv.Itoa(c.UID)
		size += ",uid=" + id + ",gid=" + id
	}
	c.mount("mounting a home", "tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, size)
	c.mkdir("making a temporary directory", dir+"/tmp", 0o700)
	c.own(dir + "/tmp")
}

// ownHome gives the program's own directory to it.
func (c *child) ownHome() {
	c.own(c.Home)
	c.own(filepath.Join(c.Home, "tmp"))
	for _, dir := range c.Write {
		c.own(dir)
	}
}

func (c *child) own(path string) {
	if c.UID != 0 {
		id := uintptr(c.UID)
		c.do("giving away "+path, unix.SYS_FCHOWNAT, workingDir, c.text(path), id, id, unix.AT_SYMLINK_NOFOLLOW)
	}
}

// bind shows a file or directory in the new root, under the same name. What has
// gone meanwhile is left out.
func (c *child) bind(base, path string, ro bool) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	if err == unix.ENOENT {
		return
	}
	c.fail("looking at "+path, err)
	at := base + path
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		c.dirs(base, path)
	} else {
		c.dirs(base, filepath.Dir(path))
		c.do("making "+path, unix.SYS_MKNODAT, workingDir, c.text(at), unix.S_IFREG|0o644, 0).or(unix.EEXIST, 0)
	}
	shown := c.mount("showing "+path, path, at, "", unix.MS_BIND|unix.MS_REC, "")
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFCHR: // a device is nothing that could be changed
		shown.or(unix.ENOENT, 0)
	case ro:
		shown.or(unix.ENOENT, 1)
		c.readOnly(path, at, sourceFlags(path), unix.AT_RECURSIVE)
	default:
		c.own(path)
	}
}

// hide covers a file or directory with nothing, if it is shown.
func (c *child) hide(path, at string) (dir bool) {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return false
	}
	what := "hiding " + path
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		c.mount(what, "tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=8m,nr_inodes=1k,mode=755").or(unix.ENOENT, 0)
		return true
	case unix.S_IFLNK:
		return false // what it points to is there only if it was asked for
	}
	c.mount(what, "/dev/null", at, "", unix.MS_BIND, "").or(unix.ENOENT, 0)
	return false
}

// dirs makes a directory below base, and those above it.
func (c *child) dirs(base, path string) {
	at := base + path
	if path == "/" || c.made[at] {
		return
	}
	c.made[at] = true
	c.dirs(base, filepath.Dir(path))
	c.mkdir("making "+path, at, 0o755).or(unix.EEXIST, 0)
}

// readOnly makes a mount read-only, with those below it if how says so. The flags
// are those that it has.
func (c *child) readOnly(path, at string, flags, how uintptr) step {
	what := "making " + path + " read-only"
	if attributes() {
		attr := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID}
		return c.do(what, unix.SYS_MOUNT_SETATTR, workingDir, c.text(at), how, addr(&c.script, attr), unsafe.Sizeof(*attr))
	}
	// The flags must be named, or it is refused.
	return c.mount(what, "", at, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|flags, "")
}

// attributes reports whether mounts have attributes that can be set, as they have
// since Linux 5.12.
var attributes = sync.OnceValue(func() bool {
	return unix.MountSetattr(-1, "", 0, &unix.MountAttr{}) != unix.ENOSYS
})

func sourceFlags(path string) uintptr {
	if attributes() {
		return 0
	}
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return 0
	}
	return uintptr(st.Flags) & (unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOSUID | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME)
}
