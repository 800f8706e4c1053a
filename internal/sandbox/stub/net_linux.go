package stub

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// network brings up the loopback device, which is all there is, and listens
// there in the name of tracetrain if the plan says so.
func (s *stub) network() {
	if !s.Loopback {
		return
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	s.must("opening a socket", err)
	lo, err := unix.NewIfreq("lo")
	s.must("naming the loopback device", err)
	lo.SetUint16(unix.IFF_UP)
	s.must("bringing up the loopback device", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo))
	unix.Close(fd)
	if s.Listen == "" {
		return
	}
	_, text, _ := strings.Cut(s.Listen, ":")
	port, err := strconv.Atoi(text)
	s.must("listening on "+s.Listen, err)
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	s.must("opening a socket", err)
	s.must("listening on "+s.Listen, unix.Bind(l, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	s.must("listening on "+s.Listen, unix.Listen(l, 128))
	s.must("handing over a listener", unix.Sendmsg(s.socket, []byte{Listener}, unix.UnixRights(l), nil, 0))
	unix.Close(l)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
