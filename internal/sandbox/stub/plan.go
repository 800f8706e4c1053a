// Package stub is what a confined program was before it started: this very
// executable, run again, which takes on the confinement and then becomes the
// program.
//
// It does so in an init function, before packages that are larger begin to
// initialise, so every binary that imports it can confine, test binaries too. It
// imports next to nothing for the same reason.
//
// A stub that cannot set up a layer which its plan asks for says so on its
// socket and ends. Then there is no program.
package stub

const (
	// Name is the first argument of a stub. No other program has that name.
	Name = "tracetrain sandbox stub"

	// Probe is the first argument of the executable when a stub became it only to
	// see whether all this works. It ends at once.
	Probe = "tracetrain sandbox probe"

	// Env names the variable that holds the descriptor of the socket. It stands
	// in the environment of the stub, not in that of the program.
	Env = "TRACETRAIN_SANDBOX_SOCKET"
)

// Words of the stub on its socket.
const (
	Failed   = 'F' // an error, as text, follows; it ends then
	Listener = 'L' // comes with a listening socket
)

// A Plan says what to become, and how confined.
type Plan struct {
	Path string   // of the program
	Args []string // with the program's name
	Env  []string
	Dir  string
	Keep int // the program gets the descriptors up to this one

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
