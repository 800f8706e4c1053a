package launch

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readRights  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeRights = readRights | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER
	devRights = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	fileOnly  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
)

// landlockRules makes a ruleset, which refuses all that this kernel can tell apart,
// and has the child allow what the plan names. Rules belong to what is there when
// they are made, so the child makes them in its root directory.
func (c *child) landlockRules() {
	if c.Landlock == 0 {
		return
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1}
	size := uintptr(8) // of the structure in the first version
	if c.Landlock >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if c.Landlock >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if c.Landlock >= 4 && !c.Loopback {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = 16
	}
	if c.Landlock >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if c.Landlock >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size = 24
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		c.fail("making a Landlock ruleset", e)
		return
	}
	c.rules = c.above(int(fd))
	unix.Close(int(fd))

	allow := func(rights uint64, paths ...string) {
		for _, path := range paths {
			c.allow(rights&attr.Handled_access_fs, path, false)
		}
	}
	if c.Namespaces {
		allow(readRights, "/") // there is nothing else
	} else {
		allow(readRights, c.Read...)
		allow(unix.LANDLOCK_ACCESS_FS_READ_DIR, c.List...)
	}
	allow(readRights|unix.LANDLOCK_ACCESS_FS_EXECUTE, c.Exec...)
	allow(readRights|unix.LANDLOCK_ACCESS_FS_EXECUTE, c.Path)
	c.allow(writeRights&attr.Handled_access_fs, c.Home, true)
	allow(writeRights, c.Write...)
	allow(devRights, c.Dev...)
}

// allow adds a rule about what is below a path. What has gone is left out, unless the
// program needs it.
func (c *child) allow(rights uint64, path string, needed bool) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		if err != unix.ENOENT || needed {
			c.fail("looking at "+path, err)
		}
		return
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= fileOnly
	}
	below := &unix.LandlockPathBeneathAttr{Allowed_access: rights}
	c.open("opening "+path, path, unix.O_PATH).or(unix.ENOENT, 1).into(unsafe.Pointer(&below.Parent_fd))
	c.do("adding a Landlock rule", unix.SYS_LANDLOCK_ADD_RULE, uintptr(c.rules), unix.LANDLOCK_RULE_PATH_BENEATH, addr(&c.script, below), 0)
}
