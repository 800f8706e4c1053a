package stub

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A rule allows something below a path, which was opened before rights went.
type rule struct {
	fd     int
	rights uint64
	dir    bool
}

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

func (s *stub) landlockRules() []rule {
	if s.Landlock == 0 {
		return nil
	}
	var rules []rule
	add := func(rights uint64, paths ...string) {
		for _, path := range paths {
			fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
			if err == unix.ENOENT {
				continue
			}
			s.must("opening "+path, err)
			var st unix.Stat_t
			s.must("looking at "+path, unix.Fstat(fd, &st))
			rules = append(rules, rule{fd, rights, st.Mode&unix.S_IFMT == unix.S_IFDIR})
		}
	}
	if s.Namespaces {
		add(readRights, "/") // there is nothing else
	} else {
		add(readRights, s.Read...)
		add(unix.LANDLOCK_ACCESS_FS_READ_DIR, s.List...)
	}
	add(readRights|unix.LANDLOCK_ACCESS_FS_EXECUTE, s.Exec...)
	add(readRights|unix.LANDLOCK_ACCESS_FS_EXECUTE, s.Path)
	add(writeRights, s.Home)
	add(writeRights, s.Write...)
	add(devRights, s.Dev...)
	return rules
}

// landlock allows what the rules say, of what this kernel can tell apart, and
// nothing else.
func (s *stub) landlock(rules []rule) {
	if s.Landlock == 0 {
		return
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1}
	size := uintptr(8) // of the structure in the first version
	if s.Landlock >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if s.Landlock >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if s.Landlock >= 4 && !s.Loopback {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = 16
	}
	if s.Landlock >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if s.Landlock >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size = 24
	}
	fd, _, e := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		s.must("making a Landlock ruleset", e)
	}
	for _, r := range rules {
		below := unix.LandlockPathBeneathAttr{Allowed_access: r.rights & attr.Handled_access_fs, Parent_fd: int32(r.fd)}
		if !r.dir {
			below.Allowed_access &= fileOnly
		}
		_, _, e := unix.RawSyscall6(unix.SYS_LANDLOCK_ADD_RULE, fd, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&below)), 0, 0, 0)
		if e != 0 {
			s.must("adding a Landlock rule", e)
		}
		unix.Close(r.fd)
	}
	s.must("restricting itself with Landlock", raw(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0))
	unix.Close(int(fd))
}
