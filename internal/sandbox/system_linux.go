package sandbox

import (
	"debug/elf"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// libraries are where those lie that a dynamic program loads.
var libraries = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64"}

// etcFiles are the files of /etc that a program may read where it has no /etc of
// its own. Anyone may read them.
var etcFiles = []string{"/etc/hosts", "/etc/localtime", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/resolv.conf"}

// etc is the /etc of a program that has its own.
func etc(uid int) map[string]string {
	gid := uid
	if uid == 0 {
		uid, gid = os.Getuid(), os.Getgid()
	}
	return map[string]string{
		"/etc/hosts":         "127.0.0.1\tlocalhost\n::1\tlocalhost\n",
		"/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
		"/etc/resolv.conf":   "",
		"/etc/passwd":        fmt.Sprintf("user:x:%d:%d::/:/nonexistent\n", uid, gid),
		"/etc/group":         fmt.Sprintf("user:x:%d:\n", gid),
	}
}

// unusedID is a number that no user and no group here has; 0 if there is none, as
// where we are root of a namespace in which nobody else is.
var unusedID = sync.OnceValue(func() int {
	used := map[int]bool{}
	for _, name := range []string{"/etc/passwd", "/etc/group"} {
		data, _ := os.ReadFile(name)
		for _, line := range strings.Split(string(data), "\n") {
			if f := strings.Split(line, ":"); len(f) > 2 {
				if n, err := strconv.Atoi(f[2]); err == nil {
					used[n] = true
				}
			}
		}
	}
	users, _ := os.ReadFile("/proc/self/uid_map")
	groups, _ := os.ReadFile("/proc/self/gid_map")
	return freeID(used, string(users), string(groups))
})

// freeID is the highest number that is not used and that both maps of a user
// namespace have, and 0 if there is none.
func freeID(used map[int]bool, users, groups string) int {
	const first, last = 64900, 1000 // above what systems give out, below nobody
	haveUser, haveGroup := idMap(users), idMap(groups)
	for id := first; id >= last; id-- {
		if !used[id] && haveUser(id) && haveGroup(id) {
			return id
		}
	}
	return 0
}

// idMap tells the numbers that a map of a user namespace has. Without a map it has
// all.
func idMap(text string) (has func(id int) bool) {
	var ranges [][2]int
	for line := range strings.Lines(text) {
		var inside, outside, count int
		if n, _ := fmt.Sscan(line, &inside, &outside, &count); n == 3 {
			ranges = append(ranges, [2]int{inside, inside + count})
		}
	}
	return func(id int) bool {
		return text == "" || slices.ContainsFunc(ranges, func(r [2]int) bool { return id >= r[0] && id < r[1] })
	}
}

// dynamic reports whether a program loads libraries.
func dynamic(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return true
		}
	}
	return false
}

// landlockVersion is that of the kernel's interface, 0 if it has none.
var landlockVersion = sync.OnceValue(func() int {
	const askVersion = 1
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, askVersion)
	if e != 0 {
		return 0
	}
	return int(v)
})
