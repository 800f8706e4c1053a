// Package launch starts a program confined.
//
// What confines it is set up by the process that becomes the program, between its
// birth and its start. That is a list of system calls, which is made up here in
// full, in ordinary Go, and gone through by some lines of assembly. The child
// shares the memory of this process meanwhile and touches none of it but where
// results go: neither is a large process copied, nor is a program started that only
// starts another.
//
// A child that cannot do what is on the list ends there. Then there is no program.
package launch

// A Plan says what to start, and how confined.
type Plan struct {
	Path string   // of the program
	Args []string // with the program's name
	Env  []string
	Dir  string

	Group bool // the program leads a process group of its own

	// In namespaces of its own the program has a root directory of its own, in
	// which it finds these under the names that they have outside.
	Namespaces bool
	Proc       bool              // and /proc with itself
	Files      map[string]string // small files that are made for it
	Hide       []string          // below Read, and not to be seen
	HomeSize   int64             // bytes
	HomeFiles  int64

	Home  string   // its own directory, writable
	Read  []string // files and directories
	List  []string // directories of which only the names in them are seen; with Landlock
	Exec  []string // those of which code may be loaded: libraries
	Write []string // directories that the caller reads later
	Dev   []string // devices

	UID int // user and group to become; 0: as it is

	Landlock int // version of the kernel's interface; 0: without
	Seccomp  bool
	Loopback bool   // the program may use sockets
	Listen   string // 127.0.0.1:port, where the caller listens in the namespace of the network

	Limits []Limit
}

// A Limit is one resource limit, by its number.
type Limit struct {
	Resource int
	Value    uint64
	Name     string
}
