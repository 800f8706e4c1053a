//go:build linux

package main

import (
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

func port(name string) *unix.SockaddrInet4 {
	n, _ := strconv.Atoi(os.Getenv(name))
	return &unix.SockaddrInet4{Port: n, Addr: [4]byte{127, 0, 0, 1}}
}

func socket(family, kind, proto int) error {
	_, err := unix.Socket(family, kind, proto)
	return err
}

func connects(family, kind int, to unix.Sockaddr) error {
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		return err
	}
	return unix.Connect(fd, to)
}

func sends(to unix.Sockaddr, data string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	return unix.Sendto(fd, []byte(data), 0, to)
}

func init() {
	register(map[string]func() error{
		"connect to a server": func() error { return connects(unix.AF_INET, unix.SOCK_STREAM, port("TCP")) },
		"connect to a server by MPTCP": func() error {
			const mptcp = 262
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, mptcp)
			if err != nil {
				return err
			}
			return unix.Connect(fd, port("TCP"))
		},
		"be a server": func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
				return err
			}
			return unix.Listen(fd, 1)
		},
		"send a datagram": func() error { return sends(port("UDP"), "x") },
		"ask a name server": func() error {
			return sends(port("UDP"), "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01")
		},
		"connect to a socket in a file": func() error {
			return connects(unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: out("socket")})
		},
		"connect to a socket without a file": func() error {
			return connects(unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: "@" + os.Getenv("ABSTRACT")})
		},
		"open a raw socket":                          func() error { return socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP) },
		"open a packet socket":                       func() error { return socket(unix.AF_PACKET, unix.SOCK_RAW, 0) },
		"open a netlink socket":                      func() error { return socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE) },
		"open a socket to the host":                  func() error { return socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0) },
		"open a socket of the kernel's cryptography": func() error { return socket(unix.AF_ALG, unix.SOCK_SEQPACKET, 0) },
		"use io_uring": func() error {
			var params [120]byte
			_, _, e := unix.RawSyscall(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params)), 0)
			return failed(e)
		},
		"share memory with others": func() error {
			id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600)
			if err == nil {
				unix.SysvShmCtl(id, unix.IPC_RMID, nil)
			}
			return err
		},
	})
}
